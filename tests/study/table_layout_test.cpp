// Where cells stand in a table.
#include "study/table_layout.h"

#include "grid_runs.h"

namespace seg {

TEST_CASE("cells stand in blocks and columns, the other axes are pooled", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(
      folder.path, "rows: site\ncolumns: [net, loss]\nbaseline: {loss: CE}\n",
      "  loss: {CE: {}, DL: {title: Dice}}\n  fold: {0: {}, 1: {}, 2: {}}\n"
      "  site: {a: {title: Site A}, b: {}}\n  net: {unet: {title: U-Net}, vnet: {}}\n");
  const TableLayout layout(grid);
  CHECK(layout.block_titles == std::vector<std::string>{"Site A", "b"});
  using Titles = std::vector<std::string>;
  CHECK(layout.column_titles ==
        std::vector<Titles>{{"U-Net", "CE"}, {"U-Net", "Dice"}, {"vnet", "CE"}, {"vnet", "Dice"}});
  using Base = std::optional<std::size_t>;
  CHECK(layout.baseline == std::vector<Base>{std::nullopt, 0, std::nullopt, 2});
  CHECK(layout.pools);
  const Cell cell = test::cell_named(grid, "DL_2_b_vnet_seed0");
  CHECK(layout.block_of(cell) == 1);
  CHECK(layout.column_of(cell) == 3);
  CHECK(layout.pooled_name(cell) == "2");
  CHECK(layout.titles[1][3] == PlaceTitles{"Dice", "", "b", "vnet"});
}

TEST_CASE("a grid without rows and columns is one figure", "[study]") {
  const test::TemporaryFolder folder;
  const TableLayout layout(test::small_grid(folder.path, "", "  loss: {CE: {}}\n"));
  CHECK(layout.block_titles == std::vector<std::string>{""});
  CHECK(layout.column_titles == std::vector<std::vector<std::string>>{{}});
  CHECK(layout.baseline == std::vector<std::optional<std::size_t>>{std::nullopt});
  CHECK_FALSE(layout.pools);
  CHECK(layout.titles[0][0] == PlaceTitles{"CE"});
}

TEST_CASE("a column has its place whether or not it has a cell in each block", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(
      folder.path,
      "rows: site\ncolumns: [loss]\nbaseline: {loss: CE}\ncells:\n  - {site: [a], loss: [CE, DL]}\n"
      "  - {site: [b], loss: [DL, SDL]}\n",
      "  loss: {CE: {}, DL: {}, SDL: {}, GDL: {}}\n  site: {a: {}, b: {}, c: {}}\n");
  const TableLayout layout(grid);
  CHECK(layout.block_titles == std::vector<std::string>{"a", "b"});
  CHECK(layout.column_titles == std::vector<std::vector<std::string>>{{"CE"}, {"DL"}, {"SDL"}});
  CHECK(layout.titles[1][0].empty());
  CHECK_FALSE(layout.pools);
}

}  // namespace seg
