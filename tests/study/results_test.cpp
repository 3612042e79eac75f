// What run folders hold, gathered by the places of the table.
#include "study/results.h"

#include "grid_runs.h"
#include "support/errors.h"

namespace seg {
namespace {

GridResults results_in(const Grid& grid, std::int64_t seeds = 1,
                       const std::string& metric = "dsc") {
  return read_results(grid, TableLayout(grid), {.metric = metric, .seeds = seeds});
}

void write_named(const Grid& grid, const std::string& name, const std::vector<test::RunRow>& rows,
                 const test::RunFiles& files = {}) {
  test::write_run(grid, test::cell_named(grid, name), rows, files);
}

}  // namespace

TEST_CASE("runs that are done are read, the others told", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table,
                                     "  loss: {CE: {}, DL: {}, SDL: {}, GDL: {}, CWCE: {}}\n");
  write_named(grid, "CE_seed0", {{"p1", "WT", "0.5"}, {"p1", "ET", ""}});
  write_named(grid, "CE_seed1", {{"p1", "WT", "0.6"}, {"p1", "ET", "0.1"}});
  write_named(grid, "DL_seed0", {}, {.trained = false});
  test::write_run(grid, test::cell_named(grid, "SDL_seed0"), {{"p1", "WT", "0.9"}});
  Cell other = test::cell_named(grid, "GDL_seed0");
  other.overrides.push_back("training.epochs=7");
  other.overrides.push_back("model.base_channels=8");
  test::write_run(grid, other, {{"p1", "WT", "0.9"}});
  const GridResults results = results_in(grid, 2);
  REQUIRE(results.places.size() == 1);
  const std::vector<PlaceResults>& columns = results.places[0];
  REQUIRE(columns.size() == 5);
  CHECK(columns[0].state == CellState::done);
  CHECK(columns[0].done == 2);
  REQUIRE(columns[0].seeds.size() == 2);
  CHECK(columns[0].seeds[1].values[0] == std::vector<double>{0.6, 0.1});
  CHECK(std::isnan(columns[0].seeds[0].values[0][1]));
  CHECK(columns[1].state == CellState::partial);
  CHECK(columns[1].seeds.empty());
  CHECK(columns[2].state == CellState::partial);  // one seed of two is not begun
  CHECK(columns[2].done == 1);
  CHECK(columns[2].asked == 2);
  CHECK(columns[2].seeds.size() == 1);
  CHECK(columns[3].state == CellState::other);
  CHECK(columns[4].state == CellState::missing);
  REQUIRE(results.notes.size() == 2);
  CHECK(results.notes[0].find("Unfinished: ") == 0);
  CHECK(results.notes[0].find("DL_seed0: 1 of 2 epochs.") != std::string::npos);
  CHECK(results.notes[1].find("GDL_seed0 holds a run of another configuration: "
                              "model.base_channels (8 there, 4 now).") != std::string::npos);
}

TEST_CASE("a table that cannot be read is told and does not end the rest", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_named(grid, "CE_seed0", {{"p1", "WT", "half"}});
  write_named(grid, "DL_seed0", {{"p1", "WT", "0.5"}});
  const GridResults results = results_in(grid);
  CHECK(results.places[0][0].state == CellState::other);
  CHECK(results.places[0][1].seeds.size() == 1);
  REQUIRE(results.notes.size() == 1);
  CHECK(results.notes[0].find("Unreadable: ") == 0);
  CHECK(results.notes[0].find("'half' is no number") != std::string::npos);
  CHECK(results_in(grid, 1, "hd95_mm").notes.size() == 2);
  write_file(std::filesystem::path(grid.runs.text) / "CE_seed0/metrics.csv", "epoch,epoch\n");
  write_file(std::filesystem::path(grid.runs.text) / "DL_seed0/config.yaml", "loss: {gone: 1}\n");
  const GridResults damaged = results_in(grid);
  REQUIRE(damaged.notes.size() == 2);
  CHECK(damaged.notes[0].find("metrics.csv") != std::string::npos);
  CHECK(damaged.notes[1].find("gone") != std::string::npos);
  CHECK(test::error_of([&] { results_in(grid, 1, "beauty"); }, ErrorKind::config)
            .find("--metric beauty") == 0);
}

TEST_CASE("the cases of pooled runs are joined", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table,
                                     "  loss: {CE: {}, DL: {}}\n  fold: {f0: {}, f1: {}}\n");
  write_named(grid, "CE_f0_seed0", {{"p1", "WT", "0.5"}, {"p1", "ET", "0.1"}});
  write_named(grid, "CE_f1_seed0", {{"p2", "ET", "0.2"}, {"p3", "ET", "0.3"}});
  write_named(grid, "DL_f1_seed0", {{"p2", "ET", "0.4"}});
  const std::vector<PlaceResults> columns = results_in(grid).places[0];
  CHECK(columns[0].state == CellState::done);
  REQUIRE(columns[0].seeds.size() == 1);
  const EvaluatedRun& all = columns[0].seeds[0];
  CHECK(all.cases == std::vector<std::string>{"p1", "p2", "p3"});
  CHECK(all.regions == std::vector<std::string>{"WT", "ET"});
  CHECK(all.values[0] == std::vector<double>{0.5, 0.1});
  CHECK(std::isnan(all.values[2][0]));
  CHECK(all.values[2][1] == 0.3);
  CHECK(columns[1].state == CellState::partial);
  CHECK(columns[1].done == 1);
  CHECK(columns[1].asked == 2);
  CHECK(columns[1].seeds[0].cases == std::vector<std::string>{"p2"});
  // One case in both runs: all of the block are told apart, also where no two meet.
  write_named(grid, "CE_f1_seed0", {{"p1", "WT", "0.7"}, {"p1", "ET", "0.2"}});
  const std::vector<PlaceResults> apart = results_in(grid).places[0];
  CHECK(apart[0].seeds[0].cases == std::vector<std::string>{"f0/p1", "f1/p1"});
  CHECK(apart[1].seeds[0].cases == std::vector<std::string>{"f1/p2"});
}

TEST_CASE("what is wrong with the grid's own configuration is an error", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid =
      test::small_grid(folder.path, std::string(test::small_table) + "set: {training.epoch: 3}\n");
  CHECK(test::error_of([&] { results_in(grid); }, ErrorKind::config).find("training.epoch") !=
        std::string::npos);
}

TEST_CASE("each space has its table", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_named(grid, "CE_seed0", {{"p1", "WT", "0.5"}}, {.table = "dsc-preprocessed.csv"});
  const TableLayout layout(grid);
  CHECK(read_results(grid, layout, {}).places[0][0].state == CellState::partial);
  CHECK(read_results(grid, layout, {.space = Space::preprocessed}).places[0][0].state ==
        CellState::done);
}

}  // namespace seg
