// A run that goes on finds the data that it began with, or says what is other.
#include "core/files.h"
#include "support/tiny_run.h"

#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using seg::test::Outcome;
using seg::test::run_program;
using seg::test::tiny_training;

namespace {

// A run of one epoch on data of its own.
struct BegunRun {
  seg::test::TemporaryFolder folder;
  fs::path data = folder.path / "data", run = folder.path / "run";

  BegunRun() {
    fs::copy(seg::test::tiny_phantom() / "data", data, fs::copy_options::recursive);
    const Outcome outcome = go_on("--set training.epochs=1");
    INFO(outcome.text);
    REQUIRE(outcome.code == 0);
  }

  Outcome go_on(const std::string& more = "") const {
    return run_program(tiny_training(
        run, "--set data.root=" + data.string() +
                 " --set prep.cache=" + (folder.path / "cache").string() + " " + more));
  }

  // A case of the run's training part.
  std::string trained_case() const {
    const std::string split = seg::read_file(run / "split.json");
    return split.substr(split.find("amos_", split.find("\"train\"")), 9);
  }
};

bool says(const Outcome& outcome, const std::string& text) {
  return outcome.text.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a run refuses data that changed since it began, unless told to go on", "[apps]") {
  const BegunRun begun;
  const std::string id = begun.trained_case();
  const fs::path image = begun.data / "imagesTr" / (id + ".nii.gz");
  fs::last_write_time(image, fs::last_write_time(image) + std::chrono::hours(1));
  CHECK(begun.go_on("--set training.epochs=1").code == 0);  // the same contents

  const fs::path other = begun.folder.path / "other";
  REQUIRE(run_program("segphantom amos --cases 4 --seed 4 --size 32 48 48 --out " + other.string())
              .code == 0);
  for (const char* part : {"imagesTr", "labelsTr"})
    fs::copy(other / part / (id + ".nii.gz"), begun.data / part / (id + ".nii.gz"),
             fs::copy_options::overwrite_existing);
  const std::string state = seg::read_file(begun.run / "checkpoints/last/state.json");
  const Outcome refused = begun.go_on();
  INFO(refused.text);
  CHECK(refused.code == 3);
  CHECK(says(refused, "case " + id + ": the files changed since the run in "));
  CHECK(seg::read_file(begun.run / "checkpoints/last/state.json") == state);
  const Outcome accepted = begun.go_on("--accept-changed-data");
  INFO(accepted.text);
  CHECK(accepted.code == 0);
  CHECK(says(accepted, "warning: case " + id + ": the files changed"));
  CHECK(begun.go_on().code == 0);  // it is recorded
}

TEST_CASE("a run refuses labels of another meaning and cases of another part", "[apps]") {
  const BegunRun begun;
  const std::string table = seg::read_file(begun.data / "dataset.json"),
                    split = seg::read_file(begun.run / "split.json");
  auto named = nlohmann::json::parse(table);
  std::swap(named["labels"]["1"], named["labels"]["6"]);
  seg::write_file(begun.data / "dataset.json", named.dump());
  const Outcome renamed = begun.go_on("--accept-changed-data");
  INFO(renamed.text);
  CHECK(renamed.code == 3);
  CHECK(says(renamed, "the data set's labels are "));
  seg::write_file(begun.data / "dataset.json", table);

  auto parts = nlohmann::json::parse(split);
  std::swap(parts["train"][0], parts["test"][0]);
  seg::write_file(begun.run / "split.json", parts.dump());
  const Outcome moved = begun.go_on("--accept-changed-data");
  INFO(moved.text);
  CHECK(moved.code == 3);
  CHECK(says(moved, "not in the part of the split that it was in when the run began"));
  parts = nlohmann::json::parse(split);
  const std::string gone = parts["train"][0];
  parts["train"].erase(0);
  seg::write_file(begun.run / "split.json", parts.dump());
  const Outcome fewer = begun.go_on();
  CHECK(fewer.code == 3);
  CHECK(says(fewer, "case " + gone + ": not in the part"));
  seg::write_file(begun.run / "split.json", split);
  CHECK(begun.go_on().code == 0);
}

TEST_CASE("a run goes on with data that were moved", "[apps]") {
  BegunRun begun;
  const fs::path moved = begun.folder.path / "moved";
  fs::rename(begun.data, moved);
  begun.data = moved;
  const Outcome rest = begun.go_on();
  INFO(rest.text);
  CHECK(rest.code == 0);
  CHECK(says(rest, "continuing from step 2"));
}

TEST_CASE("a run goes on with its own split when the data set has grown", "[apps]") {
  const BegunRun begun;
  const std::string split = seg::read_file(begun.run / "split.json");
  const fs::path more = begun.folder.path / "more";
  REQUIRE(run_program("segphantom amos --cases 9 --seed 3 --size 32 48 48 --out " + more.string())
              .code == 0);
  fs::copy(more, begun.data, fs::copy_options::recursive | fs::copy_options::skip_existing);
  fs::copy(more / "dataset.json", begun.data, fs::copy_options::overwrite_existing);
  const Outcome rest = begun.go_on();
  INFO(rest.text);
  CHECK(rest.code == 0);
  CHECK(says(rest, "9 cases (2 to train, 1 to validate, 1 to test)"));
  CHECK(seg::read_file(begun.run / "split.json") == split);
}
