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
  std::printf("%s", seg::summary_text(
                        summary, compute.bfloat16, seg::memory_of(compute.device),
                        compute.device.is_cuda() ? compute.device.str() : "this machine's memory",
                        compute.device.is_cuda() ? 1 : seg::cpu_margin)
                        .c_str());
  if (!compute.device.is_cuda()) return;
  const std::int64_t threads = seg::loader_threads(config.data, true, seg::available_cores());
  std::printf("%s",
              seg::loader_text(config, static_cast<std::int64_t>(dataset.channels.size()), threads)
                  .c_str());
}

void run(const seg::Config& config, const std::string& name) {
  const seg::TrainedRun trained = seg::train_and_evaluate(config, name);
  std::printf("%s\n", seg::markdown(trained.evaluation.table).c_str());
  std::printf("Table: %s\n", trained.evaluation.file.c_str());
  std::printf("Picture: %s (image, reference, prediction)\n", trained.picture.c_str());
  std::printf("Run folder: %s\n", trained.folder.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains a 3D segmentation network as a YAML file says, and evaluates it.",
               "segtrain"};
  app.footer(
      "Examples:\n"
      "  segtrain --config amos_cwcd.yaml --set data.root=/data/amos22\n"
      "  segtrain --config brats_cwcd.yaml --set loss.name=CEDL --set training.seed=1 --output "
      "runs/brats_cedl_1\n"
      "The same command continues a run that was stopped or killed.");
  std::string config_name, output, log_level;
  std::vector<std::string> overrides;
  bool reference = false, summary = false;
  seg::add_common_options(app, log_level);
  app.add_option("-c,--config", config_name, "YAML file: a path, or a name in configs/");
  app.add_option("--set", overrides, "Overrides a key: a.b=value")->allow_extra_args(false);
  app.add_option("-o,--output", output, "The run folder (the key output)");
  app.add_flag("--config-reference", reference,
               "Prints every key with type, default, range and meaning");
  app.add_flag("--summary", summary,
               "Prints the network: output, parameters, multiply-adds and memory per stage, and "
               "whether a step fits");
  return seg::run_program(app, argc, argv, log_level, [&] {
    if (reference) {
      std::printf("%s", seg::config_reference().c_str());
      return;
    }
    if (config_name.empty())
      seg::fail_config("--config is missing: name a YAML file, e.g. --config amos_cwcd.yaml");
    if (summary) return print_summary(seg::load_config(config_name, overrides));
    seg::Config config = seg::load_config(config_name, overrides);
    if (!output.empty()) config.output.text = output;
    run(config, std::filesystem::path(config_name).stem().string());
  });
}
