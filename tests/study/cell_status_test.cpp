// Where a cell stands, by what its run folder holds.
#include "study/cell_status.h"

#include "grid_runs.h"
#include "support/errors.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

const std::vector<test::RunRow> one_row = {{"p1", "WT", "0.5"}};

// A cell of a small grid whose run is done, at step 10 of two epochs.
struct StatusCell {
  test::TemporaryFolder folder;
  Grid grid = test::small_grid(folder.path);
  Cell cell = cells_of(grid, 1)[0];
  fs::path run = test::run_of(grid, cell);

  StatusCell() { test::write_run(grid, cell, one_row); }

  void history(const std::string& rows) const {
    write_file(run / "metrics.csv", "epoch,step,learning_rate,loss,seconds,mean_dsc\n" + rows);
  }
  void evaluated(int step) const {
    write_file(run / "dsc.csv", fmt::format("step,case,region,dsc\n{},p1,WT,0.5\n", step));
  }
  // As the grid's own now.
  void configured(const std::vector<std::string>& overrides) {
    cell.overrides.insert(cell.overrides.end(), overrides.begin(), overrides.end());
  }
  CellStatus now(Space space = Space::original) const { return status_of(grid, cell, space); }
  // "STATE: why"
  std::string said() const {
    const CellStatus status = now();
    return std::string(word_of(status.state)) + ": " + status.why;
  }
};

}  // namespace

TEST_CASE("a cell is missing, partial or done as its run says", "[study]") {
  StatusCell c;
  CHECK(c.said() == "done: ");
  CHECK(c.now().epochs == 2);
  CHECK(c.now().seconds == 1);
  fs::remove(c.run / "dsc.csv");
  CHECK(c.said() == "partial: trained, dsc.csv is missing");
  c.history("1,5,0.001,0.5,2.0,0.5000\n");
  CHECK(c.said() == "partial: 1 of 2 epochs");
  fs::remove(c.run / "metrics.csv");
  CHECK(c.said() == "partial: 0 of 2 epochs");
  fs::remove(c.run / "config.yaml");
  CHECK(c.said() == "partial: nothing is trained yet");
  fs::remove_all(c.run);
  CHECK(c.said() == "missing: ");
  CHECK(c.now().all_epochs == 2);
}

TEST_CASE("each space has its own table, and original is not done without its own", "[study]") {
  const StatusCell c;
  CHECK(c.now(Space::preprocessed).state == CellState::partial);
  CHECK(c.now(Space::preprocessed).why == "trained, dsc-preprocessed.csv is missing");
  fs::rename(c.run / "dsc.csv", c.run / "dsc-preprocessed.csv");
  CHECK(c.now(Space::preprocessed).state == CellState::done);
  CHECK(c.now().state == CellState::partial);
}

TEST_CASE("an evaluation of another step than the best is not the run's", "[study]") {
  const StatusCell c;
  c.history("1,5,0.001,0.5,2.0,0.6000\n2,10,0.001,0.5,2.0,0.5000\n");
  CHECK(c.said() == "partial: trained, dsc.csv is of another step");
  c.evaluated(5);
  CHECK(c.said() == "done: ");
  // Two that look alike in four digits: either may be the best.
  c.history("1,5,0.001,0.5,2.0,0.6000\n2,10,0.001,0.5,2.0,0.6000\n");
  CHECK(c.said() == "done: ");
  c.evaluated(10);
  CHECK(c.said() == "done: ");
  // Without validation the last counts.
  c.history("1,5,0.001,0.5,2.0,\n2,10,0.001,0.5,2.0,\n");
  CHECK(c.said() == "done: ");
  c.evaluated(5);
  CHECK(c.said() == "partial: trained, dsc.csv is of another step");
  // One validated, and none after it.
  c.history("1,5,0.001,0.5,2.0,0.0000\n2,10,0.001,0.5,2.0,\n");
  CHECK(c.said() == "done: ");
}

TEST_CASE("a table of another loss, network or seed is not the run's", "[study]") {
  const StatusCell c;
  const auto table = [&](const std::string& network, const std::string& loss,
                         const std::string& seed) {
    write_file(c.run / "dsc.csv",
               fmt::format("network,loss,seed,step,case,region,dsc\n{},{},{},10,p1,WT,0.5\n",
                           network, loss, seed));
    return c.said();
  };
  const Config config = config_of(c.grid, c.cell);
  const std::string network(word_of(config.model.name)), loss(word_of(config.loss.name));
  CHECK(table(network, loss, "0") == "done: ");
  CHECK(table("unetr", loss, "0") == "other: holds a dsc.csv of another run");
  CHECK(table(network, "GDL", "0") == "other: holds a dsc.csv of another run");
  CHECK(table(network, loss, "1") == "other: holds a dsc.csv of another run");
}

TEST_CASE("a grid that trains longer makes a done run partial, one that trains shorter other's",
          "[study]") {
  StatusCell c;
  c.configured({"training.epochs=3"});
  CHECK(c.said() == "partial: 2 of 3 epochs");
  c.configured({"training.epochs=1"});
  CHECK(c.said() == "other: holds a run of 2 epochs and 10 steps, which is longer than the grid's");
  c.configured({"training.epochs=100", "training.max_steps=10"});
  CHECK(c.said() == "done: ");
  CHECK(c.now().all_epochs == 2);
  c.configured({"training.max_steps=20"});
  CHECK(c.said() == "partial: 2 of 4 epochs");
  c.configured({"training.max_steps=9"});
  CHECK(c.said().starts_with("other: holds a run of 2 epochs and 10 steps"));
}

TEST_CASE("a run that its limit in steps ended within an epoch is not at the epoch's end",
          "[study]") {
  StatusCell c;
  Config config = config_of(c.grid, c.cell);
  config.training.max_steps = 10;
  write_file(c.run / "config.yaml", config_yaml(config));
  CHECK(c.said() == "partial: 2 of 2 epochs");
  c.configured({"training.max_steps=10"});
  CHECK(c.said() == "done: ");
}

TEST_CASE("what makes a run another one is told, and where it lies and runs does not", "[study]") {
  StatusCell c;
  c.configured({"data.root=/elsewhere", "device=cpu", "threads=1", "data.workers=1"});
  CHECK(c.said() == "done: ");
  c.configured({"model.base_channels=8"});
  CHECK(c.said() ==
        "other: holds a run of another configuration: model.base_channels (4 there, 8 now)");
}

TEST_CASE("a run that cannot be read is other, and says why", "[study]") {
  const StatusCell c;
  const auto damaged = [&](const char* file, const std::string& text, const std::string& says) {
    const std::string before = read_file(c.run / file);
    write_file(c.run / file, text);
    INFO(file << ": " << c.said());
    CHECK(c.said().starts_with("other: cannot be read: " + (c.run / file).string()));
    CHECK(c.said().find(says) != std::string::npos);
    write_file(c.run / file, before);
    CHECK(c.said() == "done: ");
  };
  damaged("config.yaml", "gone: 1\n", "unknown key 'gone'");
  damaged("config.yaml", "a: b: c\n", "not valid YAML");
  damaged("config.yaml", "loss: {name: lost}\n", "loss.name must be one of");
  damaged("metrics.csv", "", "is no metrics.csv of a run");
  damaged("metrics.csv", "epoch,step\n1\n", "has 1 values");
  damaged("metrics.csv", "\xff\n", "not UTF-8");
  damaged("dsc.csv", "step,\"", "double quote");
  write_file(c.run / "dsc.csv", "");
  CHECK(c.said() == "partial: trained, dsc.csv is of another step");
  fs::remove_all(c.run);
  write_file(c.run, "");
  CHECK(c.said() == "other: is no folder");
  fs::remove(c.run);
  fs::create_symlink(c.run.filename(), c.run);
  CHECK(c.said().starts_with("other: cannot be read ("));
}

TEST_CASE("what is wrong with a cell's own configuration is an error with its place", "[study]") {
  StatusCell c;
  c.configured({"training.epochz=1"});
  CHECK(test::error_of([&] { c.now(); }, ErrorKind::config, c.folder.path) ==
        "ROOT/grid.yaml, CE_seed0: --set training.epochz: unknown key 'training.epochz'; did you "
        "mean 'training.epochs'?");
}

}  // namespace seg
