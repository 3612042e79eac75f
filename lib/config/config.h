#pragma once
// The whole configuration of a run: plain structs, one per section, and how they are read from YAML
// and written back.
#include "config/data_config.h"
#include "config/loss_config.h"
#include "config/model_config.h"
#include "config/prep_config.h"
#include "config/training_config.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct Config {
  DataConfig data;
  PrepConfig prep;
  AugmentationConfig augmentation;
  LossConfig loss;
  ModelConfig model;
  TrainingConfig training;
  InferenceConfig inference;
  EvaluationConfig evaluation;
  std::string device = "auto";
  std::int64_t threads = 0;
  Path output;

  void describe(Fields& fields);
};

// Reads `name` (a path, else a file in configs/), first what its `base:` names (a file or a list,
// beside it), then itself over that, then each override "a.b=value" (the value is YAML). Throws
// Error(config) with file:line:column, the key and the nearest valid key.
Config load_config(const std::string& name, const std::vector<std::string>& overrides = {});

// The same from defaults and overrides alone.
Config config_from(const std::vector<std::string>& overrides);

// Reads a YAML file, `base:` included, into other fields than a configuration's; errors as there.
void read_fields(const std::filesystem::path& file, Fields fields);

// Every key with its value, in the order of the schema: reading it back gives an equal
// configuration.
std::string config_yaml(const Config& config);

// Every key with type, default, range and meaning, as Markdown.
std::string config_reference();

// Where load_config finds `name`; throws Error(config) that begins with `what` and the name.
std::filesystem::path find_config(const std::string& name, const std::string& what = "--config ");

}  // namespace seg
