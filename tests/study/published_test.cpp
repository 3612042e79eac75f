// Published figures, found by titles and refused where they are not clear.
#include "study/published.h"

#include "grid_runs.h"
#include "support/errors.h"

namespace seg {
namespace {

Grid published_grid(const std::filesystem::path& folder, const std::string& csv,
                    const std::string& more = "") {
  write_file(folder / "figures.csv", csv);
  return test::small_grid(folder, "columns: [loss]\nrows: site\npublished: figures.csv\n" + more,
                          "  site: {a: {title: Site A}, b: {title: Site B}}\n"
                          "  loss: {CE: {}, DL: {title: Dice}}\n  fold: {0: {}, 1: {}}\n");
}

const PlaceTitles at_dice = {"Site A", "Dice", ""};

}  // namespace

TEST_CASE("published figures are found by titles, the row and the average", "[study]") {
  const test::TemporaryFolder folder;
  const Published p(published_grid(folder.path,
                                   "table,site,loss,organ,dsc,is_average,note\n"
                                   "1,Site A,Dice,Sp,0.5,0,\n1,Site A,Dice,LK,-,0,failed\n"
                                   "1,Site A,Dice,WT,,0,damaged\n1,Site A,Dice,Avg,0.25,1,\n"
                                   "2,Site A,Dice,Sp,0.75,0,\n",
                                   "published_table: 1\n"));
  CHECK_FALSE(p.empty());
  CHECK(p.of_row(at_dice, "Sp") == 0.5);
  CHECK(p.unused().size() == 3);
  CHECK(p.of_row(at_dice, "LK") == 0);
  CHECK(std::isnan(p.of_row(at_dice, "WT")));
  CHECK(std::isnan(p.of_row(at_dice, "Avg")));
  CHECK(std::isnan(p.of_row(at_dice, "")));
  CHECK(p.unused() == std::vector<std::string>{"Site A / Dice / average"});
  CHECK(p.average(at_dice) == 0.25);
  CHECK(p.unused().empty());
  CHECK(std::isnan(p.average({"Site B", "Dice", ""})));
  CHECK(std::isnan(p.of_row({"Site A", "CE", ""}, "Sp")));
}

TEST_CASE("what is published of single folds is not said of their pool", "[study]") {
  const test::TemporaryFolder folder;
  const Published p(
      published_grid(folder.path, "site,loss,fold,organ,dsc,is_average\nSite A,Dice,0,Sp,0.5,0\n"));
  CHECK(std::isnan(p.of_row(at_dice, "Sp")));
  CHECK(p.of_row({"Site A", "Dice", "0"}, "Sp") == 0.5);
}

TEST_CASE("published figures that are not clear are refused", "[study]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& csv, const std::string& more = "",
                           ErrorKind kind = ErrorKind::data) {
    return test::error_of([&] { Published(published_grid(folder.path, csv, more)); }, kind,
                          folder.path);
  };
  const std::string head = "site,loss,organ,dsc,is_average\n";
  CHECK(refused("site,loss,organ,is_average\n") ==
        "ROOT/figures.csv: has no column 'dsc'; published figures need organ, dsc and is_average");
  CHECK(refused(head + "Site A,Dice,Sp,1.5,0\n") ==
        "ROOT/figures.csv:2: has the dsc '1.5'; write a number from 0 to 1, '-' for 0, or nothing");
  CHECK(refused(head + "Site A,Dice,Sp,0.5,yes\n") ==
        "ROOT/figures.csv:2: has is_average 'yes'; write 1 for an average, 0 for a region");
  CHECK(refused(head) == "ROOT/figures.csv: holds no figure; add lines, or leave it out");
  CHECK(refused(head + "Site A,Dice,Sp,0x1,0\n").find("has the dsc '0x1'") != std::string::npos);
  CHECK(refused(head + "Site A,Dice,Sp,0.5,0\nSite A,Dice,Sp,0.6,0\n") ==
        "ROOT/figures.csv:3: gives a figure a second time; remove the line, or say published_table "
        "in ROOT/grid.yaml");
  CHECK(refused("table," + head + "1,Site A,Dice,Sp,0.5,0\n", "published_table: 9\n",
                ErrorKind::config) ==
        "ROOT/grid.yaml: published_table is '9', of which ROOT/figures.csv has no row");
  CHECK(refused(head + "Site A,Dice,Sp,0.5,0\n", "published_table: 9\n") ==
        "ROOT/figures.csv: has no column 'table'; name it, or leave published_table out");
}

TEST_CASE("a grid without published figures has none", "[study]") {
  const test::TemporaryFolder folder;
  const Published p(test::small_grid(folder.path));
  CHECK(p.empty());
  CHECK(std::isnan(p.average({"CE"})));
}

TEST_CASE("the paper's figures are all of its tables' cells", "[study]") {
  const test::TemporaryFolder folder;
  for (const auto& [table, columns, missing] :
       {std::tuple(1, 4, 0), std::tuple(2, 8, 1), std::tuple(3, 5, 1)}) {
    const Grid grid = test::paper_grid(table, folder.path);
    const TableLayout layout(grid);
    const Published published(grid);
    REQUIRE(layout.column_titles.size() == static_cast<std::size_t>(columns));
    REQUIRE(layout.block_titles == std::vector<std::string>{"AMOS", "BraTS"});
    int unknown = 0;
    for (std::size_t b = 0; b < 2; ++b)
      for (std::size_t c = 0; c < layout.column_titles.size(); ++c) {
        CHECK(published.average(layout.titles[b][c]) > 0.3);
        for (const auto& [region, shown] : layout.regions[b])
          unknown += std::isnan(published.of_row(layout.titles[b][c], shown));
      }
    CHECK(unknown == missing);
  }
}

}  // namespace seg
