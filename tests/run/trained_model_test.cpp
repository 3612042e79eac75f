// A checkpoint by itself: what it was trained as, wherever it lies.
#include "run/trained_model.h"

#include "core/files.h"
#include "core/log.h"
#include "run/run_folder.h"
#include "run/run_network.h"
#include "support/errors.h"
#include "support/other_value.h"
#include "support/small_networks.h"
#include "support/trained_as.h"

#include <fmt/format.h>
#include <torch/torch.h>

namespace seg {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> trained_keys = {"data.root=/data/set/of the other machine",
                                               "data.labels={2: liver, 1: liver}",
                                               "prep.cache=/cache",
                                               "prep.spacing=[1.5, 1.5, 3]",
                                               "model.base_channels=4",
                                               "data.split=/data/split.json"};

// A run of two checkpoints, the first the best one.
struct FinishedOne {
  test::TemporaryFolder folder;
  fs::path run = folder.path / "run", all = run / "checkpoints";
  std::shared_ptr<Network> network = test::small_unet();
  TrainedAs as;

  explicit FinishedOne(const Config* given = nullptr) {
    as = test::trained_as(given ? *given : config_from(trained_keys));
    as.config.output.text = run.string();
    as.task.numbers = {3};
    as.task.labels = label_map(as.config.data.labels);
    auto optimiser = test::adam(*network);
    const RunFolder place(as.config, "test");
    place.write_config(as.config);
    write_file(run / "data.json",
               R"({"channels": ["image"], "cases": {}, )"
               R"("labels": [[0, 0, "background"], [1, 1, "liver"], [2, 1, "liver"]]})");
    TrainingState state{.model = signature_of(as.config.model, 1, 2), .run = place.id()};
    for (const double dsc : {.5, .4}) {
      ++state.epoch;
      state.step += 10;
      state.history.push_back({.epoch = state.epoch, .step = state.step, .mean_dsc = dsc});
      place.save(*network, nullptr, optimiser, state, as);
      place.record(state, {}, -1);
    }
    log::close_file();
  }

  // The checkpoints as an older release wrote them.
  void forget_descriptions() const {
    for (const char* step : {"step-10", "step-20"})
      for (const char* file : {"config.yaml", "task.json"}) fs::remove(all / step / file);
  }
};

std::string refused(const fs::path& place, const std::vector<std::string>& overrides = {},
                    ErrorKind kind = ErrorKind::failure, const fs::path& folder = {}) {
  return test::error_of([&] { read_trained_model(place, overrides); }, kind, folder);
}

bool same_weights(Network& a, Network& b) {
  const auto x = a.named_parameters(), y = b.named_parameters();
  for (const auto& item : x)
    if (!torch::equal(item.value(), y[item.key()])) return false;
  return x.size() == y.size();
}

}  // namespace

TEST_CASE("a run's best checkpoint, a link and a checkpoint's folder are the trained network",
          "[run]") {
  const FinishedOne one;
  const fs::path best = fs::canonical(one.all / "step-10"), last = fs::canonical(one.all / "last");
  CHECK(read_trained_model(one.run).checkpoint == best);
  CHECK(read_trained_model(one.run.string() + "/").checkpoint == best);
  CHECK(read_trained_model(one.all / "best").checkpoint == best);
  const TrainedModel model = read_trained_model(one.all / "last");
  CHECK(model.checkpoint == last);
  CHECK(model.step == 20);
  CHECK(model.task.channels == std::vector<std::string>{"image"});
  CHECK(model.task.numbers == std::vector<int>{3});
  CHECK(model.task.labels.to_file == std::vector<int>{0, 2});
  CHECK(model.config.prep.spacing == std::vector<double>{1.5, 1.5, 3});
  fs::remove(one.all / "best");
  fs::remove_all(one.all / "step-10");
  CHECK(refused(one.run).find("step-10: the best checkpoint is missing") != std::string::npos);
}

TEST_CASE("a checkpoint that was copied elsewhere serves without its run and data", "[run]") {
  const FinishedOne one;
  const test::TemporaryFolder other;
  const fs::path copy = other.path / "a model [1] für uns";
  fs::copy(fs::canonical(one.all / "best"), copy, fs::copy_options::recursive);
  fs::remove_all(one.folder.path);
  const TrainedModel model = read_trained_model(copy, {"inference.overlap=0.25"});
  CHECK(model.checkpoint == fs::canonical(copy));
  CHECK(model.step == 10);
  CHECK(model.task.numbers == std::vector<int>{3});
  CHECK(model.config.inference.overlap == 0.25);
  const auto network = network_of(model, {});
  CHECK(same_weights(*network, *one.network));
  CHECK_FALSE(network->is_training());
}

TEST_CASE("a trained network's configuration has no place of the machine that trained it",
          "[run]") {
  // A path in which a variable's name stands as text, as a variable's value may have it.
  Config all = config_from(trained_keys);
  for (Path* path : {&all.data.root, &all.prep.cache, &all.data.split.file, &all.model.weights})
    path->text = "/home/${SEG_A_VARIABLE_THAT_IS_NOT_SET}/x";
  const FinishedOne one(&all);
  Config now = read_trained_model(one.run).config;
  for (const KeyValue& value : key_values(now)) {
    INFO(value.key << " " << value.value);
    CHECK(value.value.find("/") == std::string::npos);
    CHECK(value.value.find("SEG_A_VARIABLE") == std::string::npos);
  }
  CHECK(is_whole(one.all / "last"));
  now = read_trained_model(one.run, {"data.root=/new"}).config;
  CHECK(now.data.root.text == "/new");
}

TEST_CASE("everything but places is in a checkpoint's configuration", "[run]") {
  std::vector<std::string> keys;
  Config schema;
  Fields fields;
  schema.describe(fields);
  for (const Field& field : fields.list()) keys.push_back(test::other_value(field));
  const Config before = config_from(keys);
  const test::TemporaryFolder folder;
  const auto network = test::small_unet();
  save_checkpoint(folder.path / "c", *network, nullptr, test::adam(*network), {},
                  test::trained_as(before));
  const auto a = key_values(before), none = key_values(Config()),
             b = key_values(trained_config(folder.path / "c" / "config.yaml"));
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].key);
    const bool place = fields.list()[i].type == "path" || a[i].key == "data.split";
    CHECK(b[i].value == (place ? none[i].value : a[i].value));
  }
}

TEST_CASE("a checkpoint of an older release is described by its run", "[run]") {
  const FinishedOne one;
  one.forget_descriptions();
  CHECK(is_whole(one.all / "last"));
  const TrainedModel model = read_trained_model(one.run);
  CHECK(model.task.channels == std::vector<std::string>{"image"});
  CHECK(model.task.numbers == std::vector<int>{0});
  CHECK(model.task.labels.classes == std::vector<std::string>{"background", "liver"});
  CHECK(model.task.labels.to_class == std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {2, 1}});
  CHECK(model.task.labels.to_file == std::vector<int>{0, 2});  // as data.labels has it
  CHECK(model.config.prep.spacing == std::vector<double>{1.5, 1.5, 3});
  CHECK(same_weights(*network_of(model, {}), *one.network));

  // Without data.labels the record's own values tell.
  write_file(one.run / "config.yaml", "model: {base_channels: 4}\n");
  CHECK(read_trained_model(one.run).task.labels.to_file == std::vector<int>{0, 1});
  for (const char* labels : {"7", "[]", "[[0, 0, \"background\"], [1, 2, \"liver\"]]",
                             "[[0, 0, \"background\"], [1, -1, \"liver\"]]", "[[0, 0]]"}) {
    write_file(one.run / "data.json",
               fmt::format(R"({{"channels": ["image"], "labels": {}}})", labels));
    CHECK(refused(one.run, {}, ErrorKind::failure, one.run) ==
          "ROOT/data.json: is damaged; use a checkpoint that holds task.json");
  }
}

TEST_CASE("an older checkpoint away from its run is refused", "[run]") {
  const FinishedOne one, stranger;
  one.forget_descriptions();
  const fs::path copy = stranger.all / "step-30";  // in the folder of another run
  fs::copy(one.all / "step-10", copy, fs::copy_options::recursive);
  CHECK(refused(copy, {}, ErrorKind::failure, copy) ==
        "ROOT: holds no config.yaml, and does not lie in the folder of its run, whose config.yaml "
        "would do; copy the run's whole folder, or train with this release");
  fs::remove(one.run / "data.json");
  CHECK(refused(one.run).find("holds no task.json") != std::string::npos);
}

TEST_CASE("what is no run and no checkpoint is refused in one sentence", "[run]") {
  const FinishedOne one;
  const fs::path none = one.folder.path / "none";
  CHECK(refused(none, {}, ErrorKind::failure, none) == "ROOT: does not exist; correct the path");
  for (const fs::path& place : {one.folder.path, one.all, one.all / "best" / "weights.safetensors"})
    CHECK(refused(place).find("is neither a run's folder nor a checkpoint") != std::string::npos);
}

TEST_CASE("a checkpoint of which a part is missing is refused", "[run]") {
  const FinishedOne one;
  const fs::path folder = one.all / "step-10";
  const std::string config = read_file(folder / "config.yaml"),
                    task = read_file(folder / "task.json");
  for (std::size_t size = 0; size < config.size(); size += 97) {
    write_file(folder / "config.yaml", config.substr(0, size));
    CHECK(refused(one.run).find("config.yaml: is cut off") != std::string::npos);
  }
  write_file(folder / "config.yaml", config.substr(0, config.size() - 1));
  CHECK(refused(one.run).find("config.yaml: is cut off") != std::string::npos);
  write_file(folder / "config.yaml", config);
  write_file(folder / "task.json", task.substr(0, task.size() / 2));
  CHECK(refused(one.run).find("task.json") != std::string::npos);
  write_file(folder / "task.json", task);
  CHECK(refused(one.run) == "no error");
  fs::remove(folder / "weights.safetensors");
  const TrainedModel model = read_trained_model(one.run);
  CHECK(test::error_of([&] { network_of(model, {}); }, ErrorKind::failure)
            .find("weights.safetensors") != std::string::npos);
}

TEST_CASE("overrides cannot give a network another task or shape", "[run]") {
  const FinishedOne one;
  CHECK(refused(one.run, {"data.labels={1: spleen}"}, ErrorKind::config) ==
        "--set data.labels: the network has the labels it was trained with; leave it out");
  CHECK(refused(one.run, {"data.channels=[CT]"}, ErrorKind::config) ==
        "--set data.channels: the network was trained with image, in this order; name the same, "
        "with the endings of their files");
  CHECK(read_trained_model(one.run, {"data.channels={image: _ct.nii.gz}"}).config.data.channels ==
        Pairs{{"image", "_ct.nii.gz"}});
  const TrainedModel wide = read_trained_model(one.run, {"model.base_channels=8"});
  CHECK(test::error_of([&] { network_of(wide, {}); }, ErrorKind::failure)
            .find("holds the network 'unet 1 -> 2, base 4'") != std::string::npos);
}

}  // namespace seg
