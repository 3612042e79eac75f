// Which cells a request asks for; tests/apps/segtables_test.cpp runs them.
#include "study/run_grid.h"

#include "grid_runs.h"
#include "support/errors.h"

namespace seg {
namespace {

// A grid of two data sets and two losses.
Grid requested_grid(const std::filesystem::path& folder) {
  return test::small_grid(folder, "seeds: 2\n", "  set: {amos: {}, brats: {}}\n  loss: {CE: {}}\n");
}

std::string root_of(const Grid& grid, const Cell& cell) {
  return config_of(grid, cell).data.root.text;
}

}  // namespace

TEST_CASE("--data names the folder of a value's cells, or of all", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = requested_grid(folder.path);
  const auto roots = [&](const GridRequest& request) {
    std::vector<std::string> all;
    for (const Cell& cell : requested_cells(grid, request)) all.push_back(root_of(grid, cell));
    return all;
  };
  using Roots = std::vector<std::string>;
  CHECK(roots({.seeds = 1}) == Roots{"nowhere", "nowhere"});
  CHECK(roots({.data = {{"brats", "/b"}}, .seeds = 1}) == Roots{"nowhere", "/b"});
  CHECK(roots({.data = {{"", "/all"}, {"amos", "/a"}}, .seeds = 1}) == Roots{"/a", "/all"});
  CHECK(roots({.data = {{"amos", "/a"}}}) == Roots{"/a", "nowhere", "/a", "nowhere"});
}

TEST_CASE("a folder's name means nothing to YAML", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = requested_grid(folder.path);
  for (const char* name : {"/a b", "/a: b", "/a #b", "it's", "\"q\"", "~", "null", "true", "123",
                           "[x]", "{x", "*a", "- x", " a ", "a\nb", "/\xc3\xa9"}) {
    INFO(name);
    const auto cells = requested_cells(grid, {.data = {{"", name}}, .seeds = 1});
    CHECK(root_of(grid, cells[0]) == name);
  }
}

TEST_CASE("a request that fits no cell is refused", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = requested_grid(folder.path);
  const auto refused = [&](const GridRequest& request) {
    return test::error_of([&] { requested_cells(grid, request); }, ErrorKind::config);
  };
  CHECK(refused({.data = {{"amoz", "/a"}}}) ==
        "--data amoz=/a: the grid has no value 'amoz' (it has amos, brats, CE)");
  CHECK(refused({.data = {{"amos", ""}}}) == "--data amos=: names no folder; add it");
  CHECK(refused({.data = {{"", ""}}}) == "--data : names no folder; add it");
  CHECK(refused({.index = 4}) == "--index 4: the grid has 4 cells, counted from 0");
  CHECK(refused({.overrides = {"training.seed=3"}}).find("training.seed is each cell's own") !=
        std::string::npos);
  const auto one = requested_cells(grid, {.index = 3});
  REQUIRE(one.size() == 1);
  CHECK(one[0].name == "brats_CE_seed1");
}

TEST_CASE("a grid with a cell that cannot be configured is refused before anything runs",
          "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid =
      test::small_grid(folder.path, "", "  loss: {CE: {}, DL: {set: {loss.name: lost}}}\n");
  CHECK(test::error_of([&] { run_grid(grid, {}); }, ErrorKind::config, folder.path)
            .find("ROOT/grid.yaml, DL_seed0: --set loss.name: loss.name must be one of") == 0);
  CHECK_FALSE(std::filesystem::exists(grid.runs.text));
}

}  // namespace seg
