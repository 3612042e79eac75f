// Every key of the configuration affects what it says: the cache's folder, a network's signature,
// and whether a run goes on with another value.
#include "core/files.h"
#include "core/log.h"
#include "data/each_layout.h"
#include "prep/cache.h"
#include "run/run_folder.h"
#include "support/errors.h"
#include "support/other_value.h"

#include <nlohmann/json.hpp>

#include <set>

namespace seg {
namespace {

// The configuration of `keys`, its places in `folder`.
Config config_in(const std::filesystem::path& folder, const std::vector<std::string>& keys) {
  Config config = config_from(keys);
  config.prep.cache.text = folder / "cache";
  config.output.text = folder / "run";
  return config;
}

const std::vector<std::string> base = {"data.root=/data/set", "data.labels={1: liver}"};

// `base` with another value of the field.
std::vector<std::string> changed(const Field& field) {
  std::vector<std::string> keys = base;
  const bool labels = field.key == "data.labels";  // their values are numbers
  keys.push_back(labels ? "data.labels={2: liver}" : test::other_value(field));
  return keys;
}

std::string cache_name(const Config& config) {
  const LabelMap labels = labels_for(config.data, nlohmann::json::object(), config.data.root.text);
  return Cache(config.prep, config.data.root.text, labels.to_class).folder().filename();
}

// What RunFolder says where a run of `before` is to go on with `now`.
std::string verdict(const Config& before, const Config& now) {
  const std::filesystem::path run = now.output.text;
  write_file(run / "config.yaml", config_yaml(before));
  write_file(run / "run.json", "{\"run\": \"1\"}");
  TrainingState state;
  state.run = "1";
  write_file(run / "checkpoints" / "step-0" / "state.json", state_json(state));
  replace_link(run / "checkpoints" / "last", "step-0");
  const std::string text = test::error_of([&] { RunFolder(now, "test"); }, ErrorKind::config);
  log::close_file();
  return text;
}

std::vector<Field> all_fields(Config& config) {
  Fields fields;
  config.describe(fields);
  return fields.list();
}

}  // namespace

TEST_CASE("a key changes the cache's folder where it affects voxels", "[run]") {
  const test::TemporaryFolder folder;
  Config schema;
  const std::string before = cache_name(config_in(folder.path, base));
  for (const Field& field : all_fields(schema)) {
    INFO(field.key);
    const std::string now = cache_name(config_in(folder.path, changed(field)));
    CHECK((now != before) == (field.affects == Affects::voxels));
  }
}

TEST_CASE("a begun run goes on with another value of a key that affects nothing", "[run]") {
  const test::TemporaryFolder folder;
  make_folder(folder.path / "run" / "checkpoints" / "step-0");
  Config schema;
  const Config before = config_in(folder.path, base);
  for (const Field& field : all_fields(schema)) {
    INFO(field.key);
    Config now = config_in(folder.path, changed(field));
    if (field.key == "prep.cache") now.prep.cache.text = folder.path / "elsewhere";
    const std::string text = verdict(before, now);
    // Of data.root, what it holds is compared (run/data_record.h), not where it lies.
    if (field.affects == Affects::nothing || field.key == "data.root")
      CHECK(text == "no error");
    else
      CHECK(text.find("of another configuration: " + field.key + " (") != std::string::npos);
  }
}

TEST_CASE("a key changes the signature of the networks that have it", "[run]") {
  std::set<std::string> changes_one;
  Config schema;
  for (const auto& [network, word] : words_of(NetworkName{}))
    for (const Field& field : all_fields(schema)) {
      INFO(word << ", " << field.key);
      Config before = config_from(base), now = config_from(changed(field));
      before.model.name = network;
      if (field.key != "model.name") now.model.name = network;
      if (signature_of(before.model, 1, 2) == signature_of(now.model, 1, 2)) continue;
      CHECK(field.affects == Affects::network);
      changes_one.insert(field.key);
    }
  for (const Field& field : all_fields(schema)) {
    INFO(field.key);
    CHECK(changes_one.contains(field.key) == (field.affects == Affects::network));
  }
}

}  // namespace seg
