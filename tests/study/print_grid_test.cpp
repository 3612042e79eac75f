// The table in its four formats, at any moment.
#include "study/print_grid.h"

#include "../report/xml.h"
#include "data/csv_table.h"
#include "paper_runs.h"
#include "study/latex_text.h"
#include "support/errors.h"

#include <sstream>

namespace seg {
namespace {

std::string printed_as(const Grid& grid, TableFormat format, const std::string& metric = "dsc") {
  return printed(grid, {.format = format, .metric = metric});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

// A grid whose names mean something to every format, with a run of each state.
Grid hostile_grid(const std::filesystem::path& folder) {
  write_file(folder / "p.csv", "loss,organ,dsc,is_average\n\"A&B_1 <50%> | $x$\",a,0.4321,0\n");
  const Grid grid = test::small_grid(
      folder,
      "title: \"T_1 #2 & <b>\"\ncaption: \"50 % {x} \\\\ ~^\"\ncolumns: [loss]\n"
      "baseline: {loss: CE}\npublished: p.csv\n",
      "  loss:\n    CE: {title: \"A&B_1 <50%> | $x$\"}\n    DL: {title: \"[x] *\"}\n    SDL: {}\n"
      "    GDL: {}\n");
  test::write_run(grid, test::cell_named(grid, "CE_seed0"), {{"p1", "a", "0.5"}});
  test::write_run(grid, test::cell_named(grid, "DL_seed0"), {{"p1", "a", "0.25"}});
  test::write_run(grid, test::cell_named(grid, "SDL_seed0"), {}, {.trained = false});
  return grid;
}

std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (has(line, part)) lines.push_back(line);
  return lines;
}

std::string page_without_doctype(const std::string& html) {
  REQUIRE(html.starts_with("<!DOCTYPE html>\n"));
  return html.substr(html.find('\n') + 1);
}

}  // namespace

TEST_CASE("a grid is printed before anything is run", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::paper_grid(2, folder.path / "none");
  const std::string text = printed_as(grid, TableFormat::markdown);
  CHECK(has(text, "| AMOS | Sp | not run [0.8831] | not run [0.9023] | not run [0.9330] |"));
  CHECK(has(text, "|  | LAG | not run [0.3549] |"));
  CHECK(has(text, "| not run [-] |"));
  CHECK(has(text, "AMOS: no run is done yet."));
  CHECK(has(text, "|  | seeds | 0 of 1 | 0 of 1 |"));
  CHECK_FALSE(has(text, "none"));
  CHECK(has(text, "in original space: on the grid of the label's file."));
  CHECK(has(text, "Published figures stand in brackets; tables.csv does not say of which space"));
  CHECK_FALSE(has(text, "**0"));
  CHECK(test::xml_fault(page_without_doctype(printed_as(grid, TableFormat::html))) == "");
  CHECK(has(printed_as(grid, TableFormat::latex), "\\bottomrule"));
  CHECK(has(printed_as(grid, TableFormat::csv),
            ",AMOS,U-Net / CEDL,region,Sp,,,0,0,1,0,0,0.8831,,"
            "missing\n"));
  // Without regions in the grid and without a run there are none to name.
  const Grid bare = test::small_grid(folder.path, test::small_table);
  CHECK(has(printed_as(bare, TableFormat::markdown), "| Avg | not run | not run |"));
}

TEST_CASE("the paper's Table 2 has its layout", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::paper_runs(2, folder.path);
  const std::string text = printed_as(grid, TableFormat::markdown);
  CHECK(has(text,
            "\n|  |  | U-Net |  | DeepLabV3 |  | UNETR |  | V-Net |  |\n"
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
            "| **dataset** | **region** | **CEDL** | **CWCD** | **CEDL** |"));
  CHECK(has(text,
            "|  | RAG | 0.4397 [0.4397] | **0.6067** [0.6067] | 0.5230 [0.5230] | 0.5817 "
            "[0.5817] | 0.0020 [0.0020] | 0.5087 [0.5087] | - [-] | 0.4747 [0.4747] |\n"));
  CHECK(has(text,
            "|  | Avg | 0.7103 [0.7103] | 0.7479 [0.7479] | 0.7861 [0.7861] | **0.8145** "
            "[0.8145] | 0.6116 [0.6116] | 0.6344 [0.6344] | 0.5267 [0.5267] | 0.6723 "
            "[0.6723] |\n"));
  CHECK(has(text,
            "| Δ Avg, CEDL |  | +3.76 [+3.76] |  | +2.84 [+2.84] |  | +2.28 [+2.28] |  | "
            "+14.56 [+14.56] |\n"));
  CHECK(has(text, "| Δ regions of both |  | +3.76 (15) |"));
  CHECK(has(text, "| BraTS | WT | 0.8411 [0.8411] |"));
  CHECK(has(text, "| 0.8035 |\n"));  // what is not published has no bracket
  CHECK(has(text,
            "AMOS: 1 case (dataset set, part test, space original); Kendall's τ-b between "
            "the order of the columns by Avg here and the published one is 1.00 over 8 columns."));
  CHECK_FALSE(has(text, "seeds |"));
  const std::string latex = printed_as(grid, TableFormat::latex);
  CHECK(has(latex,
            " &  & \\multicolumn{2}{c}{U-Net} & \\multicolumn{2}{c}{DeepLabV3} & "
            "\\multicolumn{2}{c}{UNETR} & \\multicolumn{2}{c}{V-Net} \\\\\n"
            "\\cmidrule(lr){3-4} \\cmidrule(lr){5-6} \\cmidrule(lr){7-8} "
            "\\cmidrule(lr){9-10}\ndataset & region & CEDL & CWCD &"));
  CHECK(has(latex, "\\begin{tabular}{llrrrrrrrr}\n\\toprule\n"));
  CHECK(has(latex, "\\textbf{0.8145} {[}0.8145{]} &"));
  CHECK(times(latex, "\\midrule") == 2);
  const std::string html = printed_as(grid, TableFormat::html);
  CHECK(has(html, "<th scope=\"colgroup\" colspan=\"2\">DeepLabV3</th>"));
  CHECK(has(html, "<tr><th scope=\"rowgroup\" colspan=\"9\">BraTS</th></tr>"));
}

TEST_CASE("the paper's Table 3 has its underlined average", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::paper_runs(3, folder.path);
  CHECK(has(printed_as(grid, TableFormat::markdown),
            "|  | Avg | 0.6912 [0.6912] | 0.7347 [0.7347] | 0.3156 [0.3156] | <u>0.8529</u> "
            "[0.8529] | **0.7479** [0.7479] |\n"));
  CHECK(has(printed_as(grid, TableFormat::latex),
            "& \\underline{0.8529} {[}0.8529{]} & "
            "\\textbf{0.7479} {[}0.7479{]} \\\\\n"));
  CHECK(has(printed_as(grid, TableFormat::html), "<u>0.8529</u><small> [0.8529]</small>"));
}

TEST_CASE("seeds have a deviation, and what is not done is said", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table + std::string("seeds: 2\n"),
                                     "  loss: {CE: {}, DL: {}, SDL: {}, GDL: {}, CWCE: {}}\n");
  const auto write = [&](const std::string& name, const std::string& figure, bool trained = true) {
    test::write_run(grid, test::cell_named(grid, name), {{"p1", "a", figure}},
                    {.trained = trained});
  };
  write("CE_seed0", "0.5");
  write("CE_seed1", "0.6");
  write("DL_seed0", "0.7");
  write("SDL_seed1", "0.9", false);
  Cell other = test::cell_named(grid, "GDL_seed0");
  other.overrides.push_back("model.base_channels=8");
  test::write_run(grid, other, {{"p1", "a", "0.9"}});
  const std::string text = printed_as(grid, TableFormat::markdown);
  CHECK(has(text, "| a | 0.5500 ± 0.0707 | **0.7000** | unfinished | other | not run |\n"));
  CHECK(has(text, "| seeds | 2 of 2 | 1 of 2 | 0 of 2 | 0 of 2 | 0 of 2 |\n"));
  CHECK(has(text, "mean ± sample standard deviation over its seeds, up to 2"));
  CHECK(times(text, "\n- Unfinished: ") == 1);
  CHECK(times(text, "\n- Other: ") == 1);
  CHECK_FALSE(has(text, "["));  // nothing is published
  CHECK(has(printed(grid, {.seeds = 1}), "| a | 0.5000 | **0.7000** | not run | other |"));
  CHECK(has(printed(grid, {.overrides = {"model.base_channels=8"}}),
            "| a | other | other | other | 0.9000 | not run |"));
}

TEST_CASE("names mean nothing to a format", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = hostile_grid(folder.path);
  const std::string latex = printed_as(grid, TableFormat::latex);
  CHECK(has(latex,
            "\\caption{T\\_1 \\#2 \\& \\textless{}b\\textgreater{}.\n  50 \\% \\{x\\} "
            "\\textbackslash{} \\textasciitilde{}\\textasciicircum{}\n"));
  CHECK(has(latex,
            "region & A\\&B\\_1 \\textless{}50\\%\\textgreater{} \\textbar{} \\$x\\$ & "
            "{[}x{]} {*} & SDL & GDL \\\\\n"));
  CHECK(has(latex, "a & \\textbf{0.5000} {[}0.4321{]} & 0.2500 & unfinished & not run \\\\\n"));
  CHECK(has(latex, "& $-$25.00 &"));
  CHECK(times(latex, "{") == times(latex, "}"));
  for (const std::string& row : lines_with(latex, " \\\\"))
    CHECK(times(row, " & ") == 4);  // five cells in each
  const std::string html = printed_as(grid, TableFormat::html);
  CHECK(test::xml_fault(page_without_doctype(html)) == "");
  CHECK(has(html, "<title>T_1 #2 &amp; &lt;b&gt;</title>"));
  CHECK_FALSE(has(html, "<script"));
  CHECK(has(html, "default-src 'none'"));
  const std::string markdown = printed_as(grid, TableFormat::markdown);
  CHECK(has(markdown, "| region | A&amp;B_1 &lt;50%> \\| $x$ | \\[x\\] \\* | SDL | GDL |\n"));
  CHECK(latex_text("a-b -1 (-2) --x \"\x01 é") == "a-b $-$1 ($-$2) -{}-x ''\\textbackslash{}x01 é");
}

TEST_CASE("a place without a cell is empty", "[study]") {
  const test::TemporaryFolder folder;
  write_file(folder.path / "p.csv", "site,loss,organ,dsc,is_average\nt,CE,a,0.5,0\n");
  const Grid grid = test::small_grid(
      folder.path,
      "rows: site\ncolumns: [loss]\nbaseline: {loss: CE}\npublished: p.csv\ncells:\n"
      "  - {site: [s]}\n  - {loss: [DL]}\n",
      "  site: {s: {}, t: {}}\n  loss: {CE: {}, DL: {}}\n");
  for (const char* name : {"s_CE_seed0", "s_DL_seed0", "t_DL_seed0"})
    test::write_run(grid, test::cell_named(grid, name), {{"p1", "a", "0.25"}});
  const std::string text = printed_as(grid, TableFormat::markdown);
  CHECK(has(text, "| s | a | **0.2500** | **0.2500** |\n"));
  CHECK(has(text, "| t | a |  | 0.2500 |\n"));
  CHECK_FALSE(has(text, "0 of"));
  CHECK_FALSE(has(printed_as(grid, TableFormat::csv), ",t,CE,"));
}

TEST_CASE("the CSV is read back", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = hostile_grid(folder.path);
  write_file(folder.path / "table.csv", printed_as(grid, TableFormat::csv));
  const CsvTable csv = read_csv(folder.path / "table.csv");
  const auto value = [&](const std::string& column, const std::string& what,
                         const std::string& of) -> std::string {
    for (const CsvTable::Row& row : csv.rows)
      if (row.values[*csv.column("column")] == column && row.values[*csv.column("what")] == what)
        return row.values[*csv.column(of)];
    return "no such row";
  };
  const std::string ce = "A&B_1 <50%> | $x$", dl = "[x] *";
  CHECK(value(ce, "region", "mean") == "0.5");
  CHECK(value(ce, "region", "region") == "a");
  CHECK(value(ce, "region", "published") == "0.4321");
  CHECK(value(ce, "region", "best") == "bold");
  CHECK(value(ce, "region", "table") == "T_1 #2 & <b>");
  CHECK(value(ce, "average", "mean") == "0.5");
  CHECK(value(ce, "delta", "mean") == "no such row");
  CHECK(value(dl, "average_with_zeros", "mean") == "0.25");
  CHECK(value(dl, "delta", "mean") == "-25");
  CHECK(value(dl, "delta_common", "mean") == "-25");
  CHECK(value(dl, "p", "mean") == "1");
  CHECK(value(dl, "p_holm", "mean") == "1");
  CHECK(value(dl, "region", "cases") == "1");
  CHECK(value("SDL", "region", "mean") == "");
  CHECK(value("SDL", "region", "state") == "partial");
  CHECK(value("GDL", "region", "state") == "missing");
  CHECK(value("", "tau", "mean") == "");
}

TEST_CASE("other metrics are printed in their units", "[study]") {
  const test::TemporaryFolder folder;
  const Grid grid = test::small_grid(folder.path, test::small_table);
  const test::RunFiles files{.columns = "dsc,hd95_mm,nsd_1mm"};
  test::write_run(grid, test::cell_named(grid, "CE_seed0"),
                  {{"p1", "a", "1,2.5,0.5"},
                   {"p2", "a", "1,inf,0"},
                   {"p1", "b", "1,inf,1"},
                   {"p2", "b", "1,inf,1"}},
                  files);
  test::write_run(grid, test::cell_named(grid, "DL_seed0"),
                  {{"p1", "a", "1,1.25,0.75"},
                   {"p2", "a", "1,1,0.75"},
                   {"p1", "b", "1,4,1"},
                   {"p2", "b", "1,4,1"}},
                  files);
  const std::string mm = printed_as(grid, TableFormat::markdown, "hd95_mm");
  CHECK(has(mm, "| a | 2.50 (1 inf) | **1.13** |\n"));
  CHECK(has(mm, "| b | none finite (2 inf) | 4.00 |\n"));
  CHECK(has(mm, "| Avg | <u>2.50</u> (3 inf) | **2.56** |\n"));
  CHECK(has(mm, "| Δ Avg, CE |  | +0.06 |\n"));
  CHECK(has(mm, "| Δ regions of both |  | -1.38 (1) |\n"));
  CHECK(has(mm, "hd95_mm in original space"));
  CHECK_FALSE(has(mm, "zeros count"));
  CHECK(has(printed_as(grid, TableFormat::markdown, "nsd_1mm"), "| Δ Avg, CE |  | +0.2500 |\n"));
  CHECK(test::error_of([&] { printed_as(grid, TableFormat::csv, "dice"); }, ErrorKind::config)
            .find("--metric dice") == 0);
}

}  // namespace seg
