// segtables as a user runs it: with a segtrain that only says what it was asked for and brings a
// finished run, and once with the real one.
#include "../study/grid_runs.h"
#include "support/tiny_run.h"

#include <fmt/format.h>

#include <fstream>

namespace fs = std::filesystem;

namespace {

using seg::test::Outcome;
using seg::test::run_command;
using seg::test::run_program;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void write_program(const fs::path& file, const std::string& script) {
  seg::write_file(file, "#!/bin/sh\n" + script);
  fs::permissions(file, fs::perms::owner_all);
}

// Shell: waits for a file, 30 seconds at most.
std::string until(const fs::path& file) {
  return fmt::format("for i in $(seq 1500); do [ -e '{}' ] && break; sleep 0.02; done; ",
                     file.string());
}

// A copy of segtables beside a segtrain that is a script: it brings the run of the cell from
// ends/, fails where there is fail-CELL, and where there is slow-CELL works until it is asked to
// stop.
struct FakeTraining {
  seg::test::TemporaryFolder folder;
  fs::path root = folder.path / "it's a place";
  fs::path file = root / "grid.yaml";
  seg::Grid grid;

  FakeTraining() {
    fs::create_directories(root / "bin");
    fs::copy(seg::program_folder() / "segtables", root / "bin");
    grid = seg::test::small_grid(root, seg::test::small_table);
    const fs::path ends = root / "ends";
    seg::Grid finished = grid;
    finished.runs.text = ends.string();
    for (const seg::Cell& cell : seg::cells_of(grid, 1))
      seg::test::write_run(finished, cell, {{"p1", "WT", "0.5"}});
    write_program(root / "bin/segtrain",
                  "cd \"$(dirname \"$0\")/..\" || exit 9\n"
                  "for word; do printf '%s\\n' \"$word\"; run=$word; done > words\n"
                  "cell=${run##*/}\n"
                  "echo \"$cell\" >> calls\n"
                  "echo \"$cell $CUDA_VISIBLE_DEVICES\" >> gpus\n"
                  "[ -e \"fail-$cell\" ] && { echo \"error: $cell has no memory\" >&2; exit 1; }\n"
                  "[ -e \"kill-$cell\" ] && kill -9 $$\n"
                  "if [ -e \"slow-$cell\" ]; then\n"
                  "  trap 'echo >> \"stopped-$cell\"; exit 130' USR1 TERM\n"
                  "  echo $$ > \"pid-$cell\"\n"
                  "  for i in $(seq 1500); do sleep 0.02; done\n"
                  "fi\n"
                  "mkdir -p runs && cp -r \"ends/$cell\" runs/\n");
  }

  std::string command(const std::string& arguments) const {
    return fmt::format("'{}'/bin/segtables {} ", quoted(root), arguments);
  }
  std::string run(const std::string& more = "") const {
    return command(fmt::format("run '{}' {}", quoted(file), more));
  }
  // The apostrophe of the folder's name, within apostrophes.
  static std::string quoted(const fs::path& path) {
    std::string text;
    for (const char c : path.string()) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text;
  }
  void mark(const std::string& name) const { seg::write_file(root / name, ""); }
  void unmark(const std::string& name) const { fs::remove(root / name); }
  std::string calls() const {
    return fs::exists(root / "calls") ? seg::read_file(root / "calls") : "";
  }
  // In the background until the cell works; then `then`, with the number of segtables in $p.
  Outcome at_work(const std::string& cell, const std::string& then) const {
    const std::string wait = until(quoted(root / ("pid-" + cell)));
    return run_command("{ " + run() + " & p=$!; " + wait + then + "\n}");
  }
};

}  // namespace

TEST_CASE("segtables runs each cell once, and again only what is not done", "[apps]") {
  const FakeTraining fake;
  const Outcome before = run_command(fake.run("--dry-run"));
  CHECK(holds(before.text, "   0 missing  CE_seed0: unknown time"));
  CHECK(fake.calls() == "");
  CHECK_FALSE(fs::exists(fake.grid.runs.text));
  const std::string data = (fake.root / "data: it").string();  // ": " means something to YAML
  const std::string more = fmt::format(
      "--data '{}' --set training.epochs=2 --set loss.contour.iterations=3", fake.quoted(data));
  const Outcome nowhere = run_command(fake.run(more));
  CHECK(nowhere.code == 2);
  CHECK(holds(nowhere.text, "data: it: is no folder; name that of the data set"));
  CHECK(fake.calls() == "");
  fs::create_directory(data);
  const Outcome outcome = run_command(fake.run(more));
  INFO(outcome.text);
  CHECK(outcome.code == 1);  // what the script brings is another run
  CHECK(holds(outcome.text, "holds a run of another configuration: loss.contour.iterations (6 "));
  const std::string words = seg::read_file(fake.root / "words");
  CHECK(holds(words, "\n--set\ndata.root=\"" + data + "\"\n"));
  CHECK(holds(words, "\n--set\ntraining.epochs=2\n--set\nloss.contour.iterations=3\n"));
  CHECK(holds(words, "\n--set\ntraining.seed=0\n"));
  const std::string calls = fake.calls();
  const Outcome again = run_command(fake.run());
  INFO(again.text);
  CHECK(again.code == 0);
  CHECK(holds(again.text, "   0 done     CE_seed0\n   1 done     DL_seed0\n2 of 2 done\n"));
  CHECK(fake.calls() == calls);
}

TEST_CASE("a cell that fails is reported and the rest done", "[apps]") {
  const FakeTraining fake;
  fake.mark("fail-CE_seed0");
  const Outcome outcome = run_command(fake.run());
  INFO(outcome.text);
  CHECK(outcome.code == 1);
  CHECK(holds(outcome.text, "error: CE_seed0: CE_seed0 has no memory\n"));
  CHECK(holds(outcome.text, "error: 1 of 2 cells failed (CE_seed0); mend what is said above"));
  CHECK(fs::exists(fs::path(fake.grid.runs.text) / "DL_seed0"));
  fake.unmark("fail-CE_seed0");
  fake.mark("kill-CE_seed0");
  const Outcome killed = run_command(fake.run("--index 0"));
  CHECK(killed.code == 1);
  CHECK(holds(killed.text, "CE_seed0: was killed, as the system does when memory runs out; see "));
  fake.unmark("kill-CE_seed0");
  fs::remove(fake.root / "bin/segtrain");
  const Outcome missing = run_command(fake.run());
  CHECK(missing.code == 1);
  CHECK(holds(missing.text, "bin/segtrain cannot be started (No such file or directory)"));
}

TEST_CASE("--index runs its cell alone", "[apps]") {
  const FakeTraining fake;
  CHECK(run_command(fake.run("--index 1")).code == 0);
  CHECK(fake.calls() == "DL_seed0\n");
  const Outcome outside = run_command(fake.run("--index 2"));
  CHECK(outside.code == 2);
  CHECK(holds(outside.text, "--index 2: the grid has 2 cells, counted from 0"));
}

TEST_CASE("--jobs runs cells side by side and gives them GPUs in turn", "[apps]") {
  const FakeTraining fake;
  for (const char* name : {"slow-CE_seed0", "slow-DL_seed0"}) fake.mark(name);
  const std::string both = until(FakeTraining::quoted(fake.root / "pid-CE_seed0")) +
                           until(FakeTraining::quoted(fake.root / "pid-DL_seed0"));
  const Outcome outcome =
      run_command("export CUDA_VISIBLE_DEVICES=3,5; { " + fake.run("--jobs 2") + "& p=$!; " + both +
                  "kill -TERM $p; wait $p; echo code $?; }");
  INFO(outcome.text);
  CHECK(holds(outcome.text, "code 130"));
  const std::string gpus = seg::read_file(fake.root / "gpus");
  CHECK((holds(gpus, "CE_seed0 3\n") || holds(gpus, "CE_seed0 5\n")));
  CHECK(holds(gpus, holds(gpus, "CE_seed0 3\n") ? "DL_seed0 5\n" : "DL_seed0 3\n"));
  CHECK(holds(seg::read_file(fake.root / "words"), "--set\nthreads="));
  for (const char* name : {"stopped-CE_seed0", "stopped-DL_seed0"})
    CHECK(fs::exists(fake.root / name));
}

TEST_CASE("a signal to segtables alone stops the cell politely, and the command goes on",
          "[apps]") {
  for (const char* signal : {"TERM", "INT", "USR1"}) {
    const FakeTraining fake;
    fake.mark("slow-CE_seed0");
    const Outcome outcome =
        fake.at_work("CE_seed0", fmt::format("kill -{} $p; wait $p; echo code $?", signal));
    INFO(signal << "\n" << outcome.text);
    CHECK(holds(outcome.text, "code 130"));
    CHECK(holds(outcome.text, "interrupted; what was written so far is complete"));
    CHECK_FALSE(holds(outcome.text, "failed"));
    CHECK(fs::exists(fake.root / "stopped-CE_seed0"));
    CHECK(fake.calls() == "CE_seed0\n");
    if (signal != std::string("TERM")) continue;
    fake.unmark("slow-CE_seed0");
    CHECK(run_command(fake.run()).code == 0);
    CHECK(fake.calls() == "CE_seed0\nCE_seed0\nDL_seed0\n");
  }
}

TEST_CASE("a segtables that is killed leaves no process", "[apps]") {
  const FakeTraining fake;
  fake.mark("slow-CE_seed0");
  const std::string stopped = until(FakeTraining::quoted(fake.root / "stopped-CE_seed0"));
  const Outcome outcome = fake.at_work("CE_seed0", "kill -9 $p; wait $p; echo code $?; " + stopped);
  INFO(outcome.text);
  CHECK(holds(outcome.text, "code 137"));
  CHECK(fs::exists(fake.root / "stopped-CE_seed0"));
  fake.unmark("slow-CE_seed0");
  CHECK(run_command(fake.run()).code == 0);
}

TEST_CASE("a job array gives each task its cell and is queued again when it is stopped", "[apps]") {
  const FakeTraining fake;
  const fs::path data = fake.root / "d $x";
  fs::create_directory(data);
  const Outcome printed =
      run_command(fake.run(fmt::format("--data '{}' --sbatch", fake.quoted(data))));
  REQUIRE(printed.code == 0);
  CHECK(holds(printed.text, "#SBATCH --array=0-1\n"));
  seg::write_file(fake.root / "array.sh", printed.text);
  const fs::path bin = fake.folder.path / "slurm";
  fs::create_directories(bin);
  write_program(bin / "srun", "if [ -n \"$FAKE\" ]; then exit \"$FAKE\"; fi; exec \"$@\"\n");
  write_program(bin / "scontrol", "echo \"scontrol $*\"\n");
  const auto task = [&](const std::string& environment) {
    return run_command(
        fmt::format("PATH='{}':\"$PATH\" SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=1 {} bash '{}'",
                    bin.string(), environment, FakeTraining::quoted(fake.root / "array.sh")));
  };
  const Outcome first = task("FAKE=");
  INFO(first.text);
  CHECK(first.code == 0);
  CHECK(fake.calls() == "DL_seed0\n");
  CHECK(holds(seg::read_file(fake.root / "words"), "data.root=" + data.string() + "\n"));
  const Outcome stopped = task("FAKE=130");
  CHECK(stopped.code == 130);
  CHECK(stopped.text == "scontrol requeue 7_1\n");
  const Outcome failed = task("FAKE=1");
  CHECK(failed.code == 1);
  CHECK(failed.text == "");
  for (const char* other : {"--index 1", "--dry-run", "--jobs 2"})
    CHECK(run_command(fake.run(std::string("--sbatch ") + other)).code == 2);
}

TEST_CASE("segtables' verbs refuse what is wrong in one sentence", "[apps]") {
  const FakeTraining fake;
  const std::string grid = " '" + FakeTraining::quoted(fake.file) + "' ";
  const std::string cell = " '" + FakeTraining::quoted(fake.root / "cell.yaml") + "' ";
  for (const auto& [arguments, sentence] : std::vector<std::pair<std::string, std::string>>{
           {"", "name what to do: run, print or figure"},
           {"run no_grid.yaml", "no_grid.yaml: there is no such file, neither as a path nor in"},
           {"run" + grid + "--seeds 0", "--seeds: Value 0 not in range 1 to 1000"},
           {"run" + grid + "--index -1", "--index: Value -1 not in range 0 to 1000000"},
           {"run" + grid + "--space inner", "--space inner: is none of original, preprocessed"},
           {"run" + grid + "--data lungs=/x", "--data lungs=/x: the grid has no value 'lungs'"},
           {"print" + grid + "--format pdf", "--format pdf: is none of markdown, csv, latex, html"},
           {"print" + grid + "--output /nowhere/t.md", "/nowhere is no folder; make it"},
           {"figure contour --config" + cell + "--case c --output /nowhere/f", "/nowhere is no"},
           {"figure qualitative" + grid + "--output /nowhere/f", "/nowhere is no folder"},
           {"figure qualitative" + grid + "--output f", "no cell is done; segtables run trains"},
       }) {
    const Outcome outcome = run_command(fake.command(arguments));
    INFO(arguments << "\n" << outcome.text);
    CHECK(outcome.code == 2);
    CHECK(holds(outcome.text, sentence));
  }
  CHECK(fake.calls() == "");
}

TEST_CASE("segtables prints its table to the terminal or a file, in each format", "[apps]") {
  const FakeTraining fake;
  REQUIRE(run_command(fake.run()).code == 0);
  const std::string grid = "print '" + FakeTraining::quoted(fake.file) + "' ";
  const std::string shown = run_command(fake.command(grid)).text;
  CHECK(holds(shown, "0.5000"));
  for (const std::string format : {"markdown", "latex", "csv", "html"}) {
    const fs::path table = fake.root / format;
    const Outcome outcome = run_command(fake.command(grid + "--format " + format + " --output '" +
                                                     FakeTraining::quoted(table) + "'"));
    CHECK(outcome.code == 0);
    CHECK(outcome.text == "");
    CHECK(holds(seg::read_file(table), "0.5"));
    CHECK((seg::read_file(table) == shown) == (format == "markdown"));
  }
  const std::string other = run_command(fake.command(grid + "--set model.base_channels=8")).text;
  CHECK(holds(other, "| other | other |"));
}

TEST_CASE("a real cell stopped and killed under segtables comes to the same end", "[apps]") {
  const seg::test::TemporaryFolder folder;
  seg::test::tiny_training(folder.path / "none");
  const auto grid_in = [&](const std::string& runs) {
    const fs::path file = folder.path / (runs + ".yaml");
    seg::write_file(file, "config: " + (seg::test::tiny_phantom() / "tiny.yaml").string() +
                              "\nruns: " + (folder.path / runs).string() +
                              "\naxes: {loss: {CE: {set: {loss.name: CE}}}}\n");
    return "segtables run " + file.string() +
           " --set threads=1 --set data.workers=1 --set training.epochs=3 ";
  };
  const auto end_of = [&](const std::string& runs) {
    const fs::path run = folder.path / runs / "CE_seed0";
    return seg::test::metrics_without_times(run / "metrics.csv") + seg::read_file(run / "dsc.csv") +
           seg::read_file(run / "checkpoints/best/weights.safetensors");
  };
  const Outcome whole = run_program(grid_in("whole") + "--space preprocessed");
  INFO(whole.text);
  REQUIRE(whole.code == 0);
  CHECK(holds(whole.text, "   0 done     CE_seed0\n1 of 1 done\n"));
  CHECK(fs::exists(folder.path / "whole/CE_seed0/dsc-preprocessed.csv"));
  const std::string program = seg::program_folder().string() + "/";
  const fs::path begun = folder.path / "cut/CE_seed0/metrics.csv";
  const fs::path lock = folder.path / "cut/CE_seed0/.lock";
  for (const char* signal : {"TERM", "KILL"}) {
    const Outcome cut =
        run_command("{ " + program + grid_in("cut") + "& p=$!; " + until(begun) + "kill -" +
                    signal + " $p; wait $p; echo code $?; }; for i in $(seq 1500); do [ -e " +
                    lock.string() + " ] || break; sleep 0.02; done");
    INFO(cut.text);
    CHECK(holds(cut.text, signal == std::string("TERM") ? "code 130" : "code 137"));
    CHECK_FALSE(fs::exists(lock));
  }
  CHECK(run_program(grid_in("cut")).code == 0);
  CHECK(end_of("cut") == end_of("whole"));
}

TEST_CASE("a second segtables on a grid at work reports the run that is taken", "[apps]") {
  const seg::test::TemporaryFolder folder;
  seg::test::tiny_training(folder.path / "none");
  const fs::path run = folder.path / "runs/CE_seed0";
  seg::write_file(folder.path / "g.yaml",
                  "config: " + (seg::test::tiny_phantom() / "tiny.yaml").string() +
                      "\nruns: " + (folder.path / "runs").string() +
                      "\naxes: {loss: {CE: {set: {loss.name: CE}}}}\n");
  const std::string command = seg::program_folder().string() + "/segtables run " +
                              (folder.path / "g.yaml").string() +
                              " --set threads=1 --set data.workers=1 ";
  // The first one's training is stopped, not ended, in its third step.
  const Outcome outcome = run_command(
      "{ env SEG_STOP_AT=step:3:19 " + command + "> " + (folder.path / "first").string() +
      " 2>&1 & p=$!; " + until(run / "metrics.csv") + "sleep 0.3; " + command +
      "; echo second $?; kill -CONT $(cat /proc/$p/task/$p/children); wait $p; echo first $?; }");
  INFO(outcome.text << seg::read_file(folder.path / "first"));
  CHECK(holds(outcome.text, "second 1"));
  CHECK(holds(outcome.text, "error: CE_seed0: "));
  CHECK(holds(outcome.text, "1 of 1 cells failed (CE_seed0)"));
  CHECK(holds(outcome.text, "first 0"));
  CHECK(fs::exists(run / "dsc.csv"));
}
