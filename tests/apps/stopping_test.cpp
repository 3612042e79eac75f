// A run that is stopped or killed, wherever, goes on to the same end as one that never was.
#include "core/files.h"
#include "support/tiny_run.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <csignal>

namespace fs = std::filesystem;
using seg::test::Outcome;
using seg::test::run_program;
using seg::test::TemporaryFolder;
using seg::test::tiny_training;

namespace {

// With everything that a checkpoint holds; two threads, one of them the loader's.
const std::string all_parts =
    "--set data.workers=1 --set training.average=0.9 --set training.steps_per_epoch=3 "
    "--set inference.overlap=0 ";  // 12 windows a case

// What must be equal, byte for byte: weights, their average, optimiser, metrics, best and table.
std::string end_of(const fs::path& run) {
  std::string all = seg::test::metrics_without_times(run / "metrics.csv");
  for (const char* file : {"dsc.csv", "dsc.md", "split.json", "config.yaml"})
    all += file + std::string("\n") + seg::read_file(run / file);
  for (const char* link : {"last", "best"}) {
    const fs::path checkpoint = run / "checkpoints" / link;
    all += fs::read_symlink(checkpoint).string() + "\n";
    for (const char* file : {"weights", "trained", "optimiser"})
      all += seg::read_file(checkpoint / (file + std::string(".safetensors")));
    all += seg::read_file(checkpoint / "task.json");
    auto state = nlohmann::json::parse(seg::read_file(checkpoint / "state.json"));
    state.erase("run");
    for (auto& record : state["history"]) record.erase("seconds");
    all += state.dump();
  }
  for (const char* key : {"output: ", "checkpoint_minutes: "}) {  // config.yaml's, not the end's
    const std::size_t begin = all.find(key);
    all.erase(begin, all.find('\n', begin) - begin);
  }
  return all;
}

// Of two ends; a failed CHECK of the files themselves would print them.
bool same(const std::string& a, const std::string& b) { return a == b; }

// The end of the run of `more` that nobody stopped.
std::string undisturbed(const std::string& more) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program(tiny_training(folder.path / "run", more));
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  return end_of(folder.path / "run");
}

const std::string& whole() {
  static const std::string end = undisturbed(all_parts);
  return end;
}

// Stops the run at one boundary and lets it go on. False where the boundary was never reached.
bool equals_undisturbed(const std::string& name, int count, int signal, const std::string& more) {
  const TemporaryFolder folder;
  const fs::path run = folder.path / "run";
  const std::string at = fmt::format("SEG_STOP_AT={}:{}:{}", name, count, signal);
  INFO(at << " " << more);
  const std::string program = seg::program_folder().string() + "/";
  const Outcome stopped =
      seg::test::run_command("env " + at + " " + program + tiny_training(run, all_parts + more));
  INFO(stopped.text);
  if (stopped.code == 0) {
    CHECK(same(end_of(run), whole()));
    return false;
  }
  CHECK(stopped.code == (signal == SIGKILL ? 128 + SIGKILL : 130));
  const Outcome rest = run_program(tiny_training(run, all_parts + more));
  INFO(rest.text);
  CHECK(rest.code == 0);
  CHECK(same(end_of(run), whole()));
  CHECK(seg::test::listing(run) ==
        "checkpoints config.yaml data.json dsc.csv dsc.md log.txt long.csv metrics.csv pictures "
        "report.html run.json split.json summary.csv");
  return true;
}

}  // namespace

TEST_CASE("a run goes on to the same end wherever it was stopped or killed", "[apps]") {
  // The first step, the last one, before validation, in it, after it, in the final evaluation.
  for (const auto& [name, count, signal] : {std::tuple<const char*, int, int>{"step", 1, SIGKILL},
                                            {"step", 6, SIGTERM},
                                            {"saved", 1, SIGKILL},
                                            {"window", 2, SIGTERM},
                                            {"window", 2, SIGKILL},
                                            {"validated", 2, SIGKILL},
                                            {"window", 30, SIGTERM}})
    CHECK(equals_undisturbed(name, count, signal, ""));
}

TEST_CASE("a run goes on to the same end whichever boundary it was stopped or killed at",
          "[apps][.torture]") {
  const std::string more =
      GENERATE("", "--set training.checkpoint_minutes=0.000001");  // the second: after every step
  for (const int signal : {SIGTERM, SIGKILL})
    for (const char* name :
         {"step", "saved", "window", "validated", "replace", "replaced", "remove"}) {
      const int stride = name == std::string_view("window") ? 5 : 1;
      int count = 1;
      while (equals_undisturbed(name, count, signal, more)) count += stride;
      CHECK(count > 1);
    }
}

TEST_CASE("with checkpoint_minutes a kill within an epoch loses no more than that", "[apps]") {
  const TemporaryFolder folder;
  const fs::path run = folder.path / "run";
  const std::string program = seg::program_folder().string() + "/";
  seg::test::run_command("env SEG_STOP_AT=step:2:9 " + program +
                         tiny_training(run, all_parts + "--set training.checkpoint_minutes=1e-6"));
  CHECK(fs::read_symlink(run / "checkpoints/last") == "step-1");
  const Outcome rest = run_program(tiny_training(run, all_parts));
  INFO(rest.text);
  CHECK(rest.text.find("continuing from step 1 (epoch 1)") != std::string::npos);
  CHECK(same(end_of(run), whole()));
}

TEST_CASE("a run that ended earlier and is extended equals one that never ended", "[apps]") {
  // Between epochs; within the first and the second; out of the validations' turn.
  for (const char* first : {"training.epochs=1", "training.max_steps=2", "training.max_steps=4"}) {
    INFO(first);
    const TemporaryFolder folder;
    const fs::path run = folder.path / "run";
    const Outcome begun = run_program(tiny_training(run, all_parts + "--set " + first));
    INFO(begun.text);
    REQUIRE(begun.code == 0);
    CHECK(fs::exists(run / "dsc.csv"));
    REQUIRE(run_program(tiny_training(run, all_parts)).code == 0);
    CHECK(same(end_of(run), whole()));
  }
  const std::string seldom = all_parts + "--set training.validate_every=2 ";
  const TemporaryFolder folder;
  const fs::path run = folder.path / "run";
  REQUIRE(run_program(tiny_training(run, seldom + "--set training.epochs=1")).code == 0);
  REQUIRE(run_program(tiny_training(run, seldom)).code == 0);
  CHECK(end_of(run) == undisturbed(seldom));
}

TEST_CASE("a second run in a folder at work is refused by the first one's number", "[apps]") {
  const TemporaryFolder folder;
  const fs::path run = folder.path / "run";
  const std::string program = seg::program_folder().string() + "/";
  // Stopped, not ended, in its third step.
  const Outcome first = seg::test::run_command(
      fmt::format("env SEG_STOP_AT=step:3:{} {}{} > {}/text 2>&1 & echo $! > {}/pid", SIGSTOP,
                  program, tiny_training(run, all_parts), folder.path.string(),
                  folder.path.string()) +
      "; for i in $(seq 600); do grep -q 'State:.*T' /proc/$!/status && break; sleep .1; done");
  const std::string pid = std::to_string(std::stoi(seg::read_file(folder.path / "pid")));
  const Outcome second = run_program(tiny_training(run, all_parts + "--set loss.name=CE"));
  INFO(first.text << second.text);
  CHECK(second.code == 1);
  CHECK(second.text.find("process " + pid + " on ") != std::string::npos);
  seg::test::run_command("kill -CONT " + pid + "; while kill -0 " + pid + "; do sleep .1; done");
  CHECK(same(end_of(run), whole()));
}
