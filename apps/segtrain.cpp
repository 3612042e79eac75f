// segtrain: builds missing cache cases, trains, evaluates the best checkpoint.
#include "core/parallel.h"
#include "data/layouts.h"
#include "inference/compute.h"
#include "loader/loader.h"
#include "models/summary.h"
#include "program.h"
#include "training/train_and_evaluate.h"

#include <filesystem>

namespace {

void print_summary(const seg::Config& config) {
  const seg::Compute compute = seg::compute_of(config);
  const seg::Dataset dataset = seg::find_dataset(config.data);
  const seg::Summary summary = seg::summarise(
      config.model, static_cast<std::int64_t>(dataset.channels.size()), dataset.labels.count(),
      seg::dhw_of(config.training.patch), config.training.batch_size);
  seg::print("{}", seg::summary_text(
                       summary, compute.bfloat16, seg::memory_of(compute.device),
                       compute.device.is_cuda() ? compute.device.str() : "this machine's memory",
                       compute.device.is_cuda() ? 1 : seg::cpu_margin));
  if (!compute.device.is_cuda()) return;
  const std::int64_t threads = seg::loader_threads(config.data, true, seg::available_cores());
  seg::print("{}",
             seg::loader_text(config, static_cast<std::int64_t>(dataset.channels.size()), threads));
}

void run(const seg::Config& config, const std::string& name, bool accept_changed_data) {
  const seg::TrainedRun trained = seg::train_and_evaluate(config, name, accept_changed_data);
  const seg::WrittenEvaluation& written = trained.evaluation.written;
  seg::print("{}\nTable: {}\nReport: {}\n", written.text, written.table.string(),
             written.report.string());
  seg::print("Picture: {} (image, reference, prediction)\n", trained.picture.string());
  seg::print("Run folder: {}\n", trained.folder.string());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a 3D segmentation network as a YAML file says, and evaluates it.",
               "segtrain"};
  app.footer(
      "Examples:\n"
      "  segtrain --config amos_cwcd.yaml --set data.root=/data/amos22 --output runs/amos_cwcd\n"
      "  segtrain --config brats_cwcd.yaml --set loss.name=CEDL --set training.seed=1 --output "
      "runs/brats_cedl_1\n"
      "The same command continues a run that was stopped or killed.");
  std::string config_name, output, log_level;
  std::vector<std::string> overrides;
  bool reference = false, summary = false, accept_changed_data = false;
  seg::add_common_options(app, log_level);
  app.add_option("-c,--config", config_name, "YAML file: a path, or a name in configs/");
  app.add_option("--set", overrides, "Overrides a key: a.b=value")->allow_extra_args(false);
  app.add_option("-o,--output", output, "The run folder (the key output)");
  app.add_flag("--config-reference", reference,
               "Prints every key with type, default, range and meaning");
  app.add_flag("--summary", summary,
               "Prints the network: output, parameters, multiply-adds and memory per stage, and "
               "whether a step fits");
  app.add_flag("--accept-changed-data", accept_changed_data,
               "Goes on with a run although files of its cases changed since it began");
  return seg::run_program(app, argc, argv, log_level, [&] {
    if (reference) {
      seg::print("{}", seg::config_reference());
      return;
    }
    if (config_name.empty())
      seg::fail_config("--config is missing: name a YAML file, e.g. --config amos_cwcd.yaml");
    if (summary) return print_summary(seg::load_config(config_name, overrides));
    seg::Config config = seg::load_config(config_name, overrides);
    if (!seg::is_utf8(output)) seg::fail_config("--output {}: must be UTF-8 text", output);
    if (!output.empty()) config.output.text = output;
    run(config, std::filesystem::path(config_name).stem().string(), accept_changed_data);
  });
}
