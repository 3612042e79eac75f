// A run's folder belongs to one run, and nothing else in it is touched.
#include "run/run_folder.h"

#include "core/files.h"
#include "core/log.h"
#include "core/process.h"
#include "support/commands.h"
#include "support/errors.h"
#include "support/small_networks.h"
#include "support/trained_as.h"

#include <fmt/format.h>
#include <unistd.h>

namespace seg {
namespace {

namespace fs = std::filesystem;

Config config_for(const fs::path& run, const std::vector<std::string>& more = {}) {
  std::vector<std::string> keys = {"data.root=/data/set", "data.labels={1: liver}",
                                   "output=" + run.string()};
  keys.insert(keys.end(), more.begin(), more.end());
  return config_from(keys);
}

// A run's folder in use, with a network to save.
struct Run {
  std::shared_ptr<Network> network = test::small_unet();
  torch::optim::Adam optimiser = test::adam(*network);
  Config config;
  RunFolder folder;

  explicit Run(const Config& c) : config(c), folder(c, "test") { folder.write_config(c); }
  ~Run() { log::close_file(); }

  // As training does after the last of these epochs: the steps they end with, their validations.
  void save(const std::vector<std::pair<std::int64_t, double>>& epochs, std::int64_t kept = -1) {
    TrainingState state{.epoch = static_cast<std::int64_t>(epochs.size()),
                        .step = epochs.back().first};
    state.run = folder.id();
    for (const auto& [step, dsc] : epochs) {
      EpochRecord record{.epoch = static_cast<std::int64_t>(state.history.size()) + 1,
                         .step = step};
      record.dsc = {dsc};
      record.mean_dsc = dsc;
      state.history.push_back(record);
    }
    folder.save(*network, nullptr, optimiser, state, test::trained_as(config));
    folder.record(state, {{"liver", {1}}}, kept);
  }
};

std::string refused(const Config& config, ErrorKind kind) {
  const std::string text = test::error_of([&] { Run run(config); }, kind);
  log::close_file();
  return text;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a run keeps its best, its last and one more checkpoint, and touches no other", "[run]") {
  const test::TemporaryFolder place;
  const fs::path all = place.path / "run" / "checkpoints";
  Run run(config_for(place.path / "run"));
  run.save({{1, .5}});
  run.save({{1, .5}, {2, .4}});
  CHECK(test::listing(all) == "best last step-1 step-2");
  fs::copy(all / "step-2", all / "step-2-keep");
  fs::copy(all / "step-2", all / "step-9");  // renamed: not what it says
  write_file(all / "notes.txt", "mine");
  run.save({{1, .5}, {2, .4}, {3, .6}}, 1);
  CHECK(test::listing(all) == "best last notes.txt step-1 step-2-keep step-3 step-9");
  CHECK(fs::read_symlink(all / "best") == "step-3");
  run.save({{1, .5}, {2, .4}, {3, .6}, {9, .1}});
  CHECK(test::listing(all) == "best last notes.txt step-2-keep step-3 step-9 step-9-kept");
  CHECK(load_training_state(all / "step-9-kept").step == 2);
}

TEST_CASE("a folder that holds something else is refused, and nothing in it changes", "[run]") {
  const test::TemporaryFolder place;
  write_file(place.path / "config.yaml", "training: {epochs: 3}\n");
  CHECK(says(refused(config_for(place.path), ErrorKind::config), "holds no run of segtrain"));
  CHECK(test::listing(place.path) == "config.yaml");
  CHECK(read_file(place.path / "config.yaml") == "training: {epochs: 3}\n");
}

TEST_CASE("a folder in use is refused", "[run]") {
  const test::TemporaryFolder place;
  const Run run(config_for(place.path));
  CHECK(says(refused(config_for(place.path), ErrorKind::failure), "is at work here since"));
}

TEST_CASE("without `last` a run goes on from its newest whole checkpoint", "[run]") {
  const test::TemporaryFolder place;
  const fs::path all = place.path / "checkpoints";
  const Config config = config_for(place.path);
  {
    Run run(config);
    run.save({{1, .5}});
    run.save({{1, .5}, {2, .4}});
  }
  fs::remove(all / "last");
  CHECK(says(refused(config_for(place.path, {"loss.name=CE"}), ErrorKind::config),
             "loss.name (CWCD there, CE now)"));
  {
    const Run run(config);
    CHECK(run.folder.begun() == all / "step-2");
    CHECK(fs::read_symlink(all / "last") == "step-2");
  }
  fs::remove(all / "last");
  fs::resize_file(all / "step-2" / "weights.safetensors", 100);
  {
    const Run run(config);
    CHECK(run.folder.begun() == all / "step-1");
  }
  fs::remove_all(all);
  CHECK(says(refused(config, ErrorKind::config), "without a whole checkpoint"));
  CHECK(fs::exists(place.path / "metrics.csv"));
}

TEST_CASE("links that were copied as folders become links again", "[run]") {
  const test::TemporaryFolder place;
  const Config config = config_for(place.path / "run");
  {
    Run run(config);
    run.save({{1, .5}});
    run.save({{1, .5}, {2, .4}});
  }
  const fs::path copy = place.path / "copy", all = copy / "checkpoints";
  fs::copy(place.path / "run", copy, fs::copy_options::recursive | fs::copy_options::skip_symlinks);
  fs::rename(all / "step-1", all / "best");  // of the links no more than what they named
  fs::rename(all / "step-2", all / "last");
  const Run run(config_for(copy));
  CHECK(test::listing(all) == "last step-1 step-2");
  CHECK(run.folder.begun() == all / "step-2");
}

TEST_CASE("a checkpoint between two names gets its own again", "[run]") {
  const test::TemporaryFolder place;
  const fs::path all = place.path / "checkpoints";
  const Config config = config_for(place.path);
  Run(config).save({{1, .5}, {2, .6}});
  fs::rename(all / "step-2", all / fmt::format(".part-{}-{}-1-0.step-2", ::getpid(),
                                               process_space()));  // of a process that is gone
  const Run run(config);
  CHECK(run.folder.begun() == all / "step-2");
  CHECK(test::listing(all) == "best last step-2");
}

TEST_CASE("a best checkpoint that is gone is told when the run goes on", "[run]") {
  const test::TemporaryFolder place;
  Run run(config_for(place.path));
  run.save({{1, .5}});
  run.save({{1, .5}, {2, .4}});
  fs::remove_all(place.path / "checkpoints" / "step-1");
  const std::string text = test::error_of(
      [&] {
        run.save({{1, .5}, {3, .3}});
      },
      ErrorKind::failure);
  CHECK(says(text, "step-1: is missing, which best is to name"));
}

TEST_CASE("another run's checkpoint is not gone on from", "[run]") {
  const test::TemporaryFolder place;
  const fs::path a = place.path / "a", b = place.path / "b";
  for (const fs::path& folder : {a, b}) Run(config_for(folder)).save({{1, .5}});
  fs::remove_all(b / "checkpoints" / "step-1");
  fs::copy(a / "checkpoints" / "step-1", b / "checkpoints" / "step-1");
  CHECK(says(refused(config_for(b), ErrorKind::failure), "is a checkpoint of another run"));
}

TEST_CASE("a log that is a link is refused", "[run]") {
  const test::TemporaryFolder place;
  { Run run(config_for(place.path / "run")); }
  write_file(place.path / "mine.txt", "mine");
  fs::remove(place.path / "run" / "log.txt");
  fs::create_symlink("../mine.txt", place.path / "run" / "log.txt");
  CHECK(says(refused(config_for(place.path / "run"), ErrorKind::failure), "log.txt"));
  CHECK(read_file(place.path / "mine.txt") == "mine");
}

TEST_CASE("two runs without an output get folders of their own", "[run]") {
  const test::TemporaryFolder place;
  const fs::path before = fs::current_path();
  fs::current_path(place.path);
  {
    const Run a(config_for("")), b(config_for(""));
    CHECK(a.folder.path() != b.folder.path());
    CHECK(a.folder.id() != b.folder.id());
  }
  fs::current_path(before);
}

}  // namespace seg
