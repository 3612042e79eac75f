// Evaluations compared: against the plain definitions, and against what statistics has tested.
#include "evaluation/comparison.h"

#include "core/files.h"
#include "support/catch.h"
#include "support/errors.h"

#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

EvaluatedRun run_of(const std::string& name, const std::vector<std::vector<double>>& values) {
  EvaluatedRun run{.name = name};
  for (std::size_t i = 0; i < values.size(); ++i) run.cases.push_back("p" + std::to_string(i));
  for (std::size_t r = 0; r < values[0].size(); ++r)
    run.regions.push_back(std::string(1, static_cast<char>('a' + r)));
  run.values = values;
  return run;
}

}  // namespace

TEST_CASE("a run is compared with the first region by region and in the mean", "[evaluation]") {
  const EvaluatedRun a = run_of("A", {{0.5, 0.1}, {0.6, kNone}, {0.7, 0.3}, {0.4, 0.2}});
  const EvaluatedRun b = run_of("B", {{0.6, 0.2}, {0.7, 0.0}, {0.7, 0.2}, {0.6, 0.5}});
  const Comparison c = compare({a, b}, "dsc");
  REQUIRE(c.differences.size() == 1);
  const std::vector<Difference>& rows = c.differences[0];
  REQUIRE(rows.size() == 3);
  const Difference& first = rows[0];
  CHECK(first.region == "a");
  CHECK(first.run == "B");
  CHECK(first.mean_first == Approx(0.55));
  CHECK(first.mean == Approx(0.65));
  CHECK(first.outcomes.wins == 3);
  CHECK(first.outcomes.ties == 1);
  CHECK(first.outcomes.losses == 0);
  CHECK(first.test.nonzero == 3);
  CHECK(first.test.two_sided == Approx(0.25));  // 2 of 8 sign patterns
  CHECK(first.interval.low >= 0);
  CHECK(first.interval.high <= 0.2 + 1e-12);
  const Difference& second = rows[1];  // A is right where B makes something up: 1 against 0
  CHECK(second.mean_first == Approx(0.4));
  CHECK(second.mean == Approx(0.225));
  CHECK(second.outcomes.left_out == 0);
  CHECK(second.outcomes.losses == 2);
  CHECK(second.outcomes.wins == 2);
  const Difference& mean = rows[2];  // (.3 .4), (.8 .35), (.5 .45), (.3 .55)
  CHECK(mean.region == "mean of regions");
  CHECK(mean.mean_first == Approx(0.475));
  CHECK(mean.mean == Approx(0.4375));
  CHECK(mean.outcomes.losses == 2);
  // Holm over the three rows.
  std::vector<double> p;
  for (const Difference& d : rows) p.push_back(d.test.two_sided);
  const double least = *std::min_element(p.begin(), p.end());
  for (const Difference& d : rows) {
    CHECK(d.holm >= d.test.two_sided);
    CHECK(d.holm >= std::min(1.0, 3 * least) - 1e-12);
  }
  // Ranks of B: 1 1, 1 2, 1.5 2, 1 1.
  CHECK(c.ranking.means[1] == Approx((1 + 1.5 + 1.75 + 1) / 4));
  CHECK(c.ranking.ranks == std::vector<std::int64_t>{2, 1});
}

TEST_CASE("a run that misses structures is not ranked first for it", "[evaluation]") {
  const double inf = std::numeric_limits<double>::infinity();
  const Comparison c = compare(
      {run_of("A", {{3, 3}, {3, 3}, {3, 3}}), run_of("B", {{2.9, inf}, {2.9, inf}, {3.1, inf}})},
      "hd95_mm");
  const std::vector<Difference>& rows = c.differences[0];
  CHECK(rows[1].infinite == 3);
  CHECK(rows[1].outcomes.losses == 3);
  CHECK(rows[2].outcomes.losses == 3);
  CHECK(c.ranking.ranks == std::vector<std::int64_t>{1, 2});
  CHECK(comparison_markdown(c).find("|  (3 inf) |") != std::string::npos);
}

TEST_CASE("equal differences are equal however they are rounded", "[evaluation]") {
  // 3.6 - 2.4 and 2.4 - 1.2 differ in the last place.
  const Comparison c = compare({run_of("A", {{2.4}, {1.2}, {2.4}, {3.6}, {1.2}}),
                                run_of("B", {{3.6}, {2.4}, {1.2}, {2.4}, {2.4}})},
                               "hd_mm");
  CHECK(c.differences[0][0].test.w_plus == 9);
  CHECK(c.differences[0][0].test.w_minus == 6);
}

TEST_CASE("evaluations of other data, parts or spaces are told", "[evaluation]") {
  EvaluatedRun a = run_of("A", {{0.5}}), b = run_of("B", {{0.6}});
  a.what = "dataset amos, part test, space original";
  b.what = "dataset amos, part test, space preprocessed";
  CHECK(compare({a, b}, "dsc").notes ==
        std::vector<std::string>{"B is of dataset amos, part test, space preprocessed, but A of "
                                 "dataset amos, part test, space original."});
  CHECK(test::error_of(
            [&] {
              compare({a, a}, "dsc");
            },
            ErrorKind::config) == "--compare: names A twice; remove one");
}

TEST_CASE("of distances the smaller is better, and an infinite one loses", "[evaluation]") {
  const double inf = std::numeric_limits<double>::infinity();
  const Comparison c =
      compare({run_of("A", {{3}, {inf}, {4}}), run_of("B", {{2}, {5}, {inf}})}, "hd95_mm");
  CHECK(c.better == Better::lower);
  CHECK(c.differences[0][0].outcomes.wins == 2);
  CHECK(c.differences[0][0].outcomes.losses == 1);
  CHECK(c.differences[0][0].mean_first == Approx(3));  // the pair that is finite on both sides
  CHECK(c.differences[0][0].mean == Approx(2));
}

TEST_CASE("cases and regions that a run lacks are left out and told", "[evaluation]") {
  EvaluatedRun b = run_of("B", {{0.6, 0.2}, {0.7, 0.0}});
  b.cases = {"p1", "p9"};
  b.regions = {"b", "z"};
  const Comparison c = compare({run_of("A", {{0.5, 0.1}, {0.6, 0.4}}), b}, "dsc");
  CHECK(c.cases == std::vector<std::string>{"p1"});
  REQUIRE(c.differences[0].size() == 1);
  CHECK(c.differences[0][0].mean_first == 0.4);
  CHECK(c.differences[0][0].mean == 0.6);
  REQUIRE(c.notes.size() == 2);
  CHECK(c.notes[0] == "2 cases that not every run has left out: p0, p9.");
  CHECK(c.notes[1] == "2 regions that not every run has left out: a, z.");
  b.cases = {"q1", "q2"};
  CHECK(test::error_of(
            [&] {
              compare({run_of("A", {{0.5, 0.1}, {0.6, 0.4}}), b}, "dsc");
            },
            ErrorKind::data) == "--compare: the runs have none of the cases in common");
}

TEST_CASE("evaluations are read back from dsc.csv", "[evaluation]") {
  const test::TemporaryFolder folder;
  const auto file = folder.path / "dsc.csv";
  write_file(file, "case,region,dsc,hd95_mm\np1,a,0.5,inf\np1,b,,\np2,a,0.25,1.5\np2,b,1,0\n");
  const EvaluatedRun run = read_evaluation(folder.path, "hd95_mm");
  CHECK(run.cases == std::vector<std::string>{"p1", "p2"});
  CHECK(run.regions == std::vector<std::string>{"a", "b"});
  CHECK(std::isinf(run.values[0][0]));
  CHECK(std::isnan(run.values[0][1]));
  CHECK(run.values[1] == std::vector<double>{1.5, 0});
  const auto refused = [&](const std::string& metric, ErrorKind kind = ErrorKind::data) {
    return test::error_of([&] { read_evaluation(file, metric); }, kind, folder.path);
  };
  CHECK(refused("assd_mm") ==
        "ROOT/dsc.csv: has no column 'assd_mm'; evaluate the run again with segeval");
  CHECK(refused("region", ErrorKind::config) ==
        "--metric region: is none of dsc, iou, precision, recall, hd_mm, hd95_mm, assd_mm, nsd_1mm "
        "(or another tolerance); name one of them");
  write_file(file, "case,region,dsc\np1,a,0x1p3\n");
  CHECK(refused("dsc") == "ROOT/dsc.csv:2: '0x1p3' is no number; evaluate the run again");
  write_file(file, "case,region,dsc\np1,a,0.5\np1,a,0.6\n");
  CHECK(refused("dsc") == "ROOT/dsc.csv:3: case p1 has the region a twice");
  write_file(file, "case,region,dsc\np1,a,0.5\np1,b,0.5\np2,a,0.6\n");
  CHECK(refused("dsc") ==
        "ROOT/dsc.csv: not every case has a line of every region; evaluate the run again");
  write_file(file, "case,region,dsc\n");
  CHECK(refused("dsc") == "ROOT/dsc.csv: holds no case; evaluate the run again");
  CHECK(test::error_of([&] { read_evaluation(folder.path / "none", "dsc"); }, ErrorKind::data,
                       folder.path) ==
        "--compare ROOT/none: there is no ROOT/none; evaluate the run with segeval first");
}

TEST_CASE("a comparison's tables say the same", "[evaluation]") {
  const Comparison c = compare({run_of("A", {{0.5}, {0.6}}), run_of("B|", {{0.6}, {0.7}})}, "dsc");
  const std::string text = comparison_markdown(c), csv = comparison_csv(c);
  CHECK(text.find("| a | 0.5500 | 0.6500 | +0.1000 | +0.1000 to +0.1000 | 0.5000 | 0.5000 | 2/0/0 "
                  "|\n") != std::string::npos);
  CHECK(text.find("\nB\\|\n") != std::string::npos);
  CHECK(text.find("| B\\| | 1.0000 | 1 | 100.0 % | 0.0 % |") != std::string::npos);
  CHECK(csv.find("\ndsc,B|,A,a,0.550000,0.650000,0.100000,0.100000,0.100000,2,3,0,1,0.5,0.5,2,0,0,"
                 "0,0,0\n") != std::string::npos);
}

}  // namespace seg
