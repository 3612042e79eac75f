// Training on the device: a run that stops and goes on ends with the same bytes as one that never
// stopped.
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/phantom.h"
#include "support/device.h"
#include "training/trainer.h"

#include <torch/torch.h>

namespace seg {
namespace {

namespace fs = std::filesystem;

// What compute_of and the test set for the process is as it was for the tests that follow.
struct Determinism {
  test::ExactArithmetic exact;
  bool before = at::globalContext().deterministicAlgorithms();
  bool warn_only = at::globalContext().deterministicAlgorithmsWarnOnly();
  ~Determinism() { at::globalContext().setDeterministicAlgorithms(before, warn_only); }
};

struct Data {
  test::TemporaryFolder folder;
  Data() {
    write_amos_phantom({.cases = 4, .seed = 3, .size = {32, 48, 48}}, folder.path / "data");
  }
};

Config config_of(const Data& data, const torch::Device& device,
                 const std::vector<std::string>& more) {
  std::vector<std::string> keys = {"data.root=" + (data.folder.path / "data").string(),
                                   "prep.cache=" + (data.folder.path / "cache").string(),
                                   "prep.spacing=[4,4,4]",
                                   "data.split={train: 2, validation: 1, test: 1}",
                                   "data.sampling=random",
                                   "model.base_channels=4",
                                   "model.feature_size=4",
                                   "model.hidden_size=24",
                                   "model.mlp_dim=48",
                                   "model.num_heads=3",
                                   "training.patch=[32,32,32]",
                                   "training.epochs=3",
                                   "training.steps_per_epoch=4",
                                   "training.average=0.9",
                                   "augmentation.rotation_probability=0.5",
                                   "augmentation.noise_probability=0.5",
                                   "training.deterministic=true",
                                   "device=" + std::string(device.is_cuda() ? "cuda" : "cpu")};
  keys.insert(keys.end(), more.begin(), more.end());
  return config_from(keys);
}

// Trains in `run` until `steps` steps are done in all.
TrainingState train_to(std::int64_t steps, const fs::path& run, Config config) {
  config.output.text = run.string();
  config.training.max_steps = steps;
  log::set_level(log::Level::warn);
  const Compute compute = compute_of(config);
  Experiment experiment(config);
  experiment.build_cache();
  const RunFolder folder(config, "test");
  folder.write_config(config);
  const TrainingState state = train(config, experiment, folder, compute);
  log::close_file();
  log::set_level(log::Level::info);
  return state;
}

std::string bytes(const fs::path& run, const char* file) {
  return read_file(run / "checkpoints" / "last" / file);
}

void check_resume(const torch::Device& device, const std::vector<std::string>& more) {
  const Determinism same;
  const Data data;
  const fs::path whole = data.folder.path / "whole", parts = data.folder.path / "parts";
  const Config config = config_of(data, device, more);
  CHECK(train_to(7, whole, config).step == 7);
  CHECK(train_to(3, parts, config).step == 3);  // in the middle of an epoch
  CHECK(train_to(5, parts, config).step == 5);
  const std::string middle = bytes(parts, "weights.safetensors");
  CHECK(train_to(7, parts, config).step == 7);
  for (const char* file : {"weights.safetensors", "trained.safetensors", "optimiser.safetensors"}) {
    if (config.training.average == 0 && file == std::string("trained.safetensors")) continue;
    INFO(file);
    const bool same = bytes(whole, file) == bytes(parts, file);
    CHECK(same);
  }
  const bool learnt = bytes(parts, "weights.safetensors") != middle;
  CHECK(learnt);
}

}  // namespace

TEST_CASE("A U-Net that stops and goes on equals one that never stopped, on a GPU",
          "[training][cuda]") {
  SEG_DEVICE(device);
  for (const char* precision : {"float32", "bfloat16"}) {
    INFO(precision);
    check_resume(device, {"model.name=unet", "training.precision=" + std::string(precision)});
  }
}

TEST_CASE("A V-Net with dropout that stops and goes on equals one that never stopped, on a GPU",
          "[training][cuda]") {
  SEG_DEVICE(device);
  check_resume(device, {"model.name=vnet", "training.precision=bfloat16",
                        "model.checkpointing=true", "training.average=0"});
}

TEST_CASE("A UNETR that stops and goes on equals one that never stopped, on a GPU",
          "[training][cuda]") {
  SEG_DEVICE(device);
  check_resume(device, {"model.name=unetr", "training.precision=bfloat16"});
}

TEST_CASE("A run that augments on a GPU, stops and goes on equals one that never stopped",
          "[training][cuda]") {
  SEG_DEVICE(device);
  std::vector<std::string> keys = {"model.name=unet", "augmentation.elastic_probability=0.5"};
  if (device.is_cuda()) keys.push_back("augmentation.device=cuda");
  check_resume(device, keys);
}

}  // namespace seg
