// segtrain: builds missing cache cases, trains, evaluates the best checkpoint.
#include "core/parallel.h"
#include "data/layouts.h"
#include "data/loader.h"
#include "data/split.h"
#include "engine/evaluate.h"
#include "engine/pictures.h"
#include "engine/trainer.h"
#include "models/summary.h"
#include "models/weights.h"
#include "program.h"

#include <filesystem>

namespace {

bool continues(const seg::Config& config) {
  return !config.output.empty() &&
         std::filesystem::exists(std::filesystem::path(config.output.text) / "checkpoints" /
                                 "last");
}

void print_summary(const seg::Config& config) {
  const seg::Compute compute = seg::compute_of(config);
  const seg::Dataset dataset = seg::find_dataset(config.data);
  const auto& p = config.training.patch;
  const seg::Summary summary =
      seg::summarise(config.model, static_cast<std::int64_t>(dataset.channels.size()),
                     dataset.labels.count(), {p[0], p[1], p[2]}, config.training.batch_size);
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

// BatchNorm cannot train on one value per channel: the deepest map needs two voxels (an
// epoch's last batch may be one sample). UNETR has no BatchNorm.
void require_two_deepest_voxels(const seg::Config& config, std::int64_t multiple) {
  const auto& p = config.training.patch;
  if (config.model.name == "unetr" || p[0] * p[1] * p[2] > multiple * multiple * multiple) return;
  seg::fail_config(
      "training.patch is [{}, {}, {}], which leaves {} one voxel at its deepest level, too few for "
      "BatchNorm: double a size",
      p[0], p[1], p[2], config.model.name);
}

// Refuses what cannot be trained before anything is preprocessed or written.
void require_trainable(const seg::Config& config, const seg::Experiment& experiment,
                       const seg::Compute& compute) {
  const auto network = seg::network_for(config, experiment, compute);
  require_two_deepest_voxels(config, network->size_multiple());
  if (!continues(config)) seg::load_initial_weights(config.model, *network);
  seg::check_training(config, experiment, compute);
}

void train_and_evaluate(const seg::Config& config, const std::string& name) {
  const seg::Compute compute = seg::compute_of(config);
  seg::Experiment experiment(config);
  require_trainable(config, experiment, compute);
  const seg::RunFolder run(config, name);
  run.write_split(seg::split_json(experiment.split()));
  experiment.build_cache();
  const seg::TrainingState state = seg::train(config, experiment, run, compute);
  const bool selected = state.best_step >= 0;
  if (!selected)
    seg::log::warn("the split has no validation cases: the last checkpoint is evaluated");
  std::filesystem::path picture;
  const auto draw = [&](const seg::PreparedCase& c, const torch::Tensor& labels) {
    picture = seg::write_case_picture(run.path(), c, labels);
  };
  const seg::Evaluation evaluation =
      seg::evaluate_run(run.path(), run.checkpoint(selected ? "best" : "last"), "", config,
                        experiment, compute, draw);
  std::printf("%s\n", seg::markdown(evaluation.table).c_str());
  std::printf("Table: %s\n", (run.path() / "dsc.md").c_str());
  std::printf("Picture: %s (image, reference, prediction)\n", picture.c_str());
  std::printf("Run folder: %s\n", run.path().c_str());
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
    train_and_evaluate(config, std::filesystem::path(config_name).stem().string());
  });
}
