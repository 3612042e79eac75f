#include "report/dsc_table.h"

#include "core/files.h"
#include "support/catch.h"

#include <cmath>

using namespace seg;

namespace {

// Region a: DSC 1 and 0.5; b: 0 and absent; c: absent in both; d: 0.8 and absent.
DscTable made_table() {
  DscTable table{"validation, step 3", {{"a", {1}}, {"b", {2}}, {"c", {3}}, {"d", {1, 2}}}, {}};
  table.cases.push_back({"p1", {{5, 5, 5}, {0, 3, 0}, {0, 0, 0}, {4, 5, 5}}});
  table.cases.push_back({"p2", {{1, 2, 2}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}});
  return table;
}

}  // namespace

TEST_CASE("means: zeros count, absent cases and regions stay out", "[report]") {
  const DscTable table = made_table();
  CHECK(table.mean(0) == Approx(0.75));
  CHECK(table.mean(1) == 0);
  CHECK(std::isnan(table.mean(2)));
  CHECK(table.mean(3) == Approx(0.8));
  CHECK(table.overall() == Approx((0.75 + 0 + 0.8) / 3));
  CHECK(DscTable{}.overall() == 0);
  CHECK(DscTable{"", {{"a", {1}}}, {{"p", {{0, 0, 0}}}}}.overall() == 0);
}

TEST_CASE("the table in Markdown, with the three row means", "[report]") {
  CHECK(markdown(made_table()) ==
        "DSC: validation, step 3\n\n"
        "| region | mean | std | lowest | cases |\n"
        "|---|---|---|---|---|\n"
        "| a | 0.7500 | 0.3536 | 0.5000 | 2 of 2 |\n"
        "| b | - | 0.0000 | - | 1 of 2 |\n"
        "| c | absent |  | absent | 0 of 2 |\n"
        "| d | 0.8000 | 0.0000 | 0.8000 | 1 of 2 |\n"
        "| mean, all (absent and zero count 0) | 0.3875 | | | |\n"
        "| mean, nonzero (the paper's: regions of DSC 0 left out) | 0.7750 | | | |\n"
        "| mean, present (regions in truth or prediction) | 0.5167 | | | |\n");
}

TEST_CASE("names of any kind keep the tables whole", "[report]") {
  const test::TemporaryFolder folder;
  const DscTable table{"run | 1", {{"a,|b\n\x1b[2J", {1}}}, {{"p\"1\"", {{5, 5, 5}}}}};
  CHECK(markdown(table).starts_with("DSC: run \\| 1\n\n"));
  CHECK(markdown(table).find("\n| a,\\|b\\\\n\\\\x1b\\[2J | 1.0000 |") != std::string::npos);
  write_csv(table, folder.path / "dsc.csv");
  CHECK(read_file(folder.path / "dsc.csv") ==
        "case,region,dsc,intersection,prediction,truth\n"
        "\"p\"\"1\"\"\",\"a,|b\n\x1b[2J\",1.000000,5,5,5\n");
}

TEST_CASE("a note stands below the table in Markdown alone", "[report]") {
  DscTable table = made_table();
  const std::string plain = markdown(table);
  table.note = "Something is left out.";
  CHECK(markdown(table) == plain + "\nSomething is left out.\n");
}

TEST_CASE("one CSV line per case and region; absent is empty", "[report]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path / "dsc.csv";
  write_csv(made_table(), path);
  CHECK(read_file(path) ==
        "case,region,dsc,intersection,prediction,truth\n"
        "p1,a,1.000000,5,5,5\n"
        "p1,b,0.000000,0,3,0\n"
        "p1,c,,0,0,0\n"
        "p1,d,0.800000,4,5,5\n"
        "p2,a,0.500000,1,2,2\n"
        "p2,b,,0,0,0\n"
        "p2,c,,0,0,0\n"
        "p2,d,,0,0,0\n");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}
