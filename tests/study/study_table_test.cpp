// The numbers of a table: the paper's own come out of its own figures, the others by hand.
#include "study/study_table.h"

#include "paper_runs.h"
#include "statistics/holm.h"
#include "support/errors.h"

#include <regex>

namespace seg {
namespace {

StudyTable table_of(const Grid& grid, std::int64_t seeds = 1, const std::string& metric = "dsc") {
  const TableLayout layout(grid);
  return study_table(grid, layout, read_results(grid, layout, {.metric = metric, .seeds = seeds}),
                     Published(grid), metric);
}

const TableRow& row_of(const TableBlock& block, const std::string& shown) {
  for (const TableRow& row : block.rows)
    if (row.shown == shown) return row;
  FAIL("no row " << shown);
  return block.rows[0];
}

void write_cell(const Grid& grid, const std::string& name, const std::vector<test::RunRow>& rows) {
  test::write_run(grid, test::cell_named(grid, name), rows);
}

// "+3.76" of "printed delta +3.76% against CEDL; ...".
std::string printed_delta(const std::string& note) {
  std::smatch found;
  return std::regex_search(note, found, std::regex("printed delta (\\+[0-9.]+)%")) ? found[1].str()
                                                                                   : "";
}

}  // namespace

TEST_CASE("the paper's averages and differences come out of its figures", "[study]") {
  const test::TemporaryFolder folder;
  const int number = GENERATE(1, 2, 3);
  CAPTURE(number);
  const Grid grid = test::paper_runs(number, folder.path);
  const TableLayout layout(grid);
  const StudyTable table = table_of(grid);
  int deltas = 0;
  for (std::size_t b = 0; b < table.blocks.size(); ++b)
    for (std::size_t c = 0; c < layout.column_titles.size(); ++c) {
      const TableBlock& block = table.blocks[b];
      const TableFigure& average = row_of(block, "Avg").figures[c];
      const auto rows = test::paper_rows(number, layout.titles[b][c]);
      CAPTURE(layout.titles[b][c]);
      CHECK(fmt::format("{:.4f}", rounded_to(average.mean, 4)) == rows.back().at("dsc"));
      CHECK(average.published == std::stod(rows.back().at("dsc")));
      const std::string delta = printed_delta(rows.back().at("note"));
      if (delta.empty()) continue;
      ++deltas;
      REQUIRE(block.differences[c]);
      CHECK(fmt::format("{:+.2f}", block.differences[c]->rounded) == delta);
      CHECK(fmt::format("{:+.2f}", block.differences[c]->published) == delta);
    }
  CHECK(deltas == (number == 2 ? 8 : 0));
  for (const TableBlock& block : table.blocks) CHECK(block.tau == Approx(1));
  CHECK(table.blocks[0].tau_columns == std::ssize(layout.column_titles));
}

TEST_CASE("the paper's Table 3 has its hyphens, bold and underlined averages", "[study]") {
  const test::TemporaryFolder folder;
  const StudyTable table = table_of(test::paper_runs(3, folder.path));
  const TableBlock& amos = table.blocks[0];
  const auto at = [&](const std::string& row, std::size_t c) {
    return row_of(amos, row).figures[c];
  };
  const std::size_t ce = 0, cwce = 1, dl = 2, sdl = 3, cwcd = 4;
  CHECK(at("Avg", cwcd).bold);
  CHECK(at("Avg", sdl).underlined);
  CHECK_FALSE(at("Avg", sdl).bold);
  for (const std::size_t c : {ce, cwce, dl}) {
    CHECK_FALSE(at("Avg", c).bold);
    CHECK_FALSE(at("Avg", c).underlined);
  }
  CHECK(at("Avg", sdl).regions == 7);
  CHECK(at("Avg", dl).regions == 2);
  CHECK(rounded_to(at("Avg, zeros count", sdl).mean, 4) == 0.398);
  CHECK(rounded_to(at("Avg, zeros count", dl).mean, 4) == 0.0421);
  CHECK(at("Avg, zeros count", cwcd).bold);
  CHECK(at("Sp", dl).mean == 0);
  CHECK(at("Sp", dl).published == 0);
  CHECK(at("Sp", cwce).bold);
  CHECK(at("LK", cwcd).bold);
  CHECK_FALSE(at("LK", sdl).bold);
  CHECK(at("Bl", sdl).bold);  // of a region the best is the best
  // On the seven organs that SDL has, it is not ahead of CWCD, whose mean there is .8611.
  CHECK(rounded_to(amos.differences[sdl]->rounded, 2) == 16.17);
  CHECK(amos.differences[sdl]->common_regions == 7);
  CHECK(amos.differences[cwcd]->common_regions == 15);
  CHECK_FALSE(amos.differences[ce]);
  CHECK(row_of(table.blocks[1], "Avg").figures[cwcd].bold);
  CHECK(std::isnan(row_of(table.blocks[1], "WT").figures[cwcd].published));
}

TEST_CASE("figures are means over cases, then mean and deviation over seeds", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_cell(grid, "CE_seed0",
             {{"p1", "a", "0.5"}, {"p1", "b", "0"}, {"p2", "a", "0.7"}, {"p2", "b", ""}});
  write_cell(grid, "CE_seed1",
             {{"p1", "a", "0.8"}, {"p1", "b", "0"}, {"p2", "a", ""}, {"p2", "b", ""}});
  write_cell(grid, "DL_seed0",
             {{"p1", "a", "0.6"}, {"p1", "b", "0.3"}, {"p2", "a", "0.4"}, {"p2", "b", "0.1"}});
  const TableBlock block = table_of(grid, 2).blocks[0];
  const TableFigure a = row_of(block, "a").figures[0], b = row_of(block, "b").figures[0];
  CHECK(a.mean == Approx(0.7));                      // of .6 and .8
  CHECK(a.deviation == Approx(0.2 / std::sqrt(2)));  // of a sample
  CHECK(a.seeds == 2);
  CHECK(a.bold);
  CHECK(b.mean == 0);
  CHECK_FALSE(b.bold);
  CHECK(row_of(block, "Avg").figures[0].mean == Approx(0.7));
  CHECK(row_of(block, "Avg").figures[0].underlined);
  CHECK(row_of(block, "Avg, zeros count").figures[0].mean == Approx(0.35));
  const TableFigure dl = row_of(block, "Avg").figures[1];
  CHECK(dl.mean == Approx(0.35));
  CHECK(dl.bold);
  CHECK(std::isnan(dl.deviation));
  CHECK(block.differences[1]->rounded == Approx(-35));
  CHECK(block.differences[1]->common == Approx(-20));  // a alone
  CHECK(block.differences[1]->common_regions == 1);
  CHECK(block.cases == std::vector<std::int64_t>{2, 2});
}

TEST_CASE("the differences of averages are those of the rounded ones", "[study]") {
  CHECK(rounded_to(0.67225, 4) == 0.6723);
  CHECK(rounded_to(0.67224999, 4) == 0.6722);
  CHECK(rounded_to(-0.12345, 4) == -0.1235);
  CHECK_FALSE(std::signbit(rounded_to(-0.00001, 4)));
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_cell(grid, "CE_seed0", {{"p1", "a", "0.50004"}});
  write_cell(grid, "DL_seed0", {{"p1", "a", "0.50006"}});
  const TableBlock block = table_of(grid).blocks[0];
  CHECK(block.differences[1]->rounded == Approx(0.01));
  CHECK(block.differences[1]->common == Approx(0.002));
}

TEST_CASE("p is of the cases' figures, by Holm over all blocks", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid =
      test::small_grid(folder.path, "rows: site\ncolumns: [loss]\nbaseline: {loss: CE}\n",
                       "  site: {s: {}, t: {}}\n  loss: {CE: {}, DL: {}, GDL: {}}\n");
  const std::vector<double> ce = {0.5, 0.4, 0.6, 0.7, 0.3, 0.8},
                            dl = {0.6, 0.45, 0.8, 0.6, 0.4, 0.9},
                            gdl = {0.9, 0.8, 0.7, 0.8, 0.9, 0.9};
  for (const auto& [loss, values] :
       {std::pair("CE", ce), std::pair("DL", dl), std::pair("GDL", gdl)})
    for (const char* site : {"s", "t"})
      for (int seed = 0; seed < 2; ++seed) {
        std::vector<test::RunRow> rows;
        for (std::size_t i = 0; i < values.size(); ++i) {
          // Over two regions, of which one may be absent, and two seeds the mean is the value.
          const std::string id = "p" + std::to_string(i);
          const double v = values[i] + (seed == 0 ? 0.05 : -0.05), half = i % 2 == 0 ? 0.03 : 0;
          rows.push_back({id, "a", fmt::format("{}", v + half)});
          rows.push_back({id, "b", half > 0 ? fmt::format("{}", v - half) : ""});
        }
        if (site == std::string("t")) rows.resize(8);
        write_cell(grid, fmt::format("{}_{}_seed{}", site, loss, seed), rows);
      }
  const StudyTable table = table_of(grid, 2);
  std::vector<double> p;
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t c = 1; c < 3; ++c) {
      const std::size_t n = b == 0 ? 6 : 4;
      const std::span<const double> ours(c == 1 ? dl : gdl), base(ce);
      const Wilcoxon expected = wilcoxon(ours.first(n), base.first(n));
      const TableDifference& d = *table.blocks[b].differences[c];
      CHECK(d.test.two_sided == Approx(expected.two_sided));
      CHECK(d.test.w_plus == expected.w_plus);
      CHECK(d.test.nonzero == static_cast<std::int64_t>(n));
      p.push_back(expected.two_sided);
    }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(table.blocks[i / 2].differences[1 + i % 2]->holm == Approx(adjusted[i]));
  CHECK(table.blocks[0].differences[1]->holm > table.blocks[0].differences[1]->test.two_sided);
}

TEST_CASE("tau compares our order of the columns with the published one", "[study]") {
  const test::TemporaryFolder folder;
  write_file(folder.path / "p.csv",
             "loss,organ,dsc,is_average\nCE,Avg,0.5,1\nDL,Avg,0.6,1\nGDL,Avg,0.7,1\n"
             "SDL,Avg,0.9,1\n");
  const Grid grid = test::small_grid(folder.path, "columns: [loss]\npublished: p.csv\n",
                                     "  loss: {CE: {}, DL: {}, GDL: {}, SDL: {}, CWCE: {}}\n");
  write_cell(grid, "CE_seed0", {{"p1", "a", "0.2"}});
  CHECK(std::isnan(table_of(grid).blocks[0].tau));
  write_cell(grid, "DL_seed0", {{"p1", "a", "0.4"}});
  write_cell(grid, "GDL_seed0", {{"p1", "a", "0.3"}});
  write_cell(grid, "CWCE_seed0", {{"p1", "a", "0.1"}});  // not published
  const TableBlock block = table_of(grid).blocks[0];
  CHECK(block.tau_columns == 3);
  CHECK(block.tau == Approx(1.0 / 3));  // two pairs in order, one against it
}

TEST_CASE("distances: the smaller is better, infinite ones are left out and counted", "[study]") {
  const test::TemporaryFolder folder;
  write_file(folder.path / "p.csv", "loss,organ,dsc,is_average\nCE,a,0.5,0\n");
  const Grid grid =
      test::small_grid(folder.path, std::string(test::small_table) + "published: p.csv\n");
  const test::RunFiles files{.columns = "dsc,hd95_mm"};
  test::write_run(grid, test::cell_named(grid, "CE_seed0"),
                  {{"p1", "a", "1,2"}, {"p1", "b", "1,0"}, {"p2", "a", "1,4"}, {"p2", "b", "1,0"}},
                  files);
  test::write_run(
      grid, test::cell_named(grid, "DL_seed0"),
      {{"p1", "a", "1,2"}, {"p1", "b", "0,inf"}, {"p2", "a", "1,inf"}, {"p2", "b", "0,inf"}},
      files);
  const StudyTable table = table_of(grid, 1, "hd95_mm");
  const TableBlock& block = table.blocks[0];
  CHECK(table.better == Better::lower);
  CHECK_FALSE(table.published);
  const std::vector<TableFigure>&a = row_of(block, "a").figures, &b = row_of(block, "b").figures,
        &avg = row_of(block, "Avg").figures;
  CHECK(a[0].mean == 3);
  CHECK(a[1].mean == 2);
  CHECK(a[1].infinite == 1);
  CHECK(a[0].bold);  // of all cases
  CHECK_FALSE(a[1].bold);
  CHECK(a[1].underlined);
  CHECK(std::isnan(a[0].published));
  CHECK(b[0].mean == 0);  // the best there is, and no hyphen
  CHECK(std::isnan(b[1].mean));
  CHECK(b[1].infinite == 2);
  CHECK(avg[0].mean == 1.5);
  CHECK(avg[0].bold);
  CHECK(avg[1].mean == 2);
  CHECK_FALSE(avg[1].bold);  // over one region
  CHECK(avg[1].infinite == 3);
  CHECK(block.rows.size() == 3);
  CHECK(block.differences[1]->rounded == Approx(0.5));
  CHECK(block.differences[1]->common == Approx(-1));
  CHECK(block.differences[1]->test.w_plus == 3);  // both cases worse: infinite
}

TEST_CASE("figures that are shown alike are marked alike, a lone one not", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_cell(grid, "CE_seed0", {{"p1", "a", "0.50001"}});
  CHECK_FALSE(row_of(table_of(grid).blocks[0], "a").figures[0].bold);
  write_cell(grid, "DL_seed0", {{"p1", "a", "0.50004"}});
  const StudyTable table = table_of(grid);
  CHECK(row_of(table.blocks[0], "a").figures[0].bold);
  CHECK(row_of(table.blocks[0], "a").figures[1].bold);
}

TEST_CASE("regions are the grid's in its order and names, and must be there", "[study]") {
  const test::TemporaryFolder folder;
  const std::string axes =
      "  site: {s: {title: Site, regions: {b: Second, a: First}}}\n"
      "  loss: {CE: {}, DL: {}}\n";
  const Grid grid = test::small_grid(folder.path, "rows: site\ncolumns: [loss]\n", axes);
  write_cell(grid, "s_CE_seed0", {{"p1", "a", "0.5"}, {"p1", "b", "0.6"}, {"p1", "other", "0.1"}});
  const TableBlock block = table_of(grid).blocks[0];
  REQUIRE(block.rows.size() == 4);
  CHECK(block.rows[0].shown == "Second");
  CHECK(block.rows[0].figures[0].mean == 0.6);
  CHECK(row_of(block, "Avg").figures[0].mean == Approx(0.55));  // without `other`
  write_cell(grid, "s_CE_seed0", {{"p1", "a", "0.5"}, {"p1", "c", "0.6"}});
  CHECK(test::error_of([&] { table_of(grid); }, ErrorKind::config, folder.path) ==
        "ROOT/grid.yaml: names the region 'b' of Site, which the results do not have; they have a, "
        "c");
}

TEST_CASE("columns of other cases or other data are told", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  write_cell(grid, "CE_seed0", {{"p1", "a", "0.5"}, {"p2", "a", "0.5"}});
  write_cell(grid, "DL_seed0", {{"p2", "a", "0.6"}, {"p1", "a", "0.4"}});
  CHECK(table_of(grid).notes.empty());
  test::write_run(grid, test::cell_named(grid, "DL_seed0"), {{"p2", "a", "0.6"}},
                  {.part = "validation"});
  const StudyTable table = table_of(grid);
  CHECK(table.notes ==
        std::vector<std::string>{
            "Not all runs are of the same data: some of dataset set, part test, space original, "
            "some of dataset set, part validation, space original.",
            "Not all runs are of the same cases: the means of columns are not of the same ones."});
  CHECK(table.blocks[0].differences[1]->test.nonzero == 1);  // p2 alone is in both
  CHECK(table.blocks[0].cases == std::vector<std::int64_t>{2, 1});
}

}  // namespace seg
