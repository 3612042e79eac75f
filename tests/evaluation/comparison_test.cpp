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
  REQUIRE(c.differences.size() == 3);
  const Difference& first = c.differences[0];
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
  const Difference& second = c.differences[1];  // without the case that A has no value for
  CHECK(second.mean_first == Approx(0.2));
  CHECK(second.mean == Approx(0.3));
  CHECK(second.outcomes.left_out == 1);
  const Difference& mean = c.differences[2];  // (.3 .4), (.6 .7), (.5 .45), (.3 .55)
  CHECK(mean.region == "mean");
  CHECK(mean.mean_first == Approx(0.425));
  CHECK(mean.mean == Approx(0.525));
  CHECK(mean.outcomes.losses == 1);
  // Holm over the three rows.
  std::vector<double> p;
  for (const Difference& d : c.differences) p.push_back(d.test.two_sided);
  const double least = *std::min_element(p.begin(), p.end());
  for (const Difference& d : c.differences) {
    CHECK(d.holm >= d.test.two_sided);
    CHECK(d.holm >= std::min(1.0, 3 * least) - 1e-12);
  }
  CHECK(c.ranking.ranks == std::vector<std::int64_t>{2, 1});
}

TEST_CASE("of distances the smaller is better, and an infinite one loses", "[evaluation]") {
  const double inf = std::numeric_limits<double>::infinity();
  const Comparison c =
      compare({run_of("A", {{3}, {inf}, {4}}), run_of("B", {{2}, {5}, {inf}})}, "hd95_mm");
  CHECK(c.better == Better::lower);
  CHECK(c.differences[0].outcomes.wins == 2);
  CHECK(c.differences[0].outcomes.losses == 1);
  CHECK(c.differences[0].mean_first == Approx(3));  // the pair that is finite on both sides
  CHECK(c.differences[0].mean == Approx(2));
}

TEST_CASE("cases and regions that a run lacks are left out and told", "[evaluation]") {
  EvaluatedRun b = run_of("B", {{0.6, 0.2}, {0.7, 0.0}});
  b.cases = {"p1", "p9"};
  b.regions = {"b", "z"};
  const Comparison c = compare({run_of("A", {{0.5, 0.1}, {0.6, 0.4}}), b}, "dsc");
  CHECK(c.cases == std::vector<std::string>{"p1"});
  REQUIRE(c.differences.size() == 2);
  CHECK(c.differences[0].mean_first == 0.4);
  CHECK(c.differences[0].mean == 0.6);
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
  const auto refused = [&](const std::string& metric) {
    return test::error_of([&] { read_evaluation(file, metric); }, ErrorKind::data, folder.path);
  };
  CHECK(refused("assd_mm") ==
        "ROOT/dsc.csv: has no column 'assd_mm' (it has case, region, dsc, hd95_mm); evaluate the "
        "run again with segeval");
  CHECK(refused("region") == "ROOT/dsc.csv:2: 'a' is no number; evaluate the run again");
  write_file(file, "case,region,dsc\np1,a,0.5\np1,a,0.6\n");
  CHECK(refused("dsc") == "ROOT/dsc.csv:3: case p1 has the region a twice");
  CHECK(test::error_of([&] { read_evaluation(folder.path / "none", "dsc"); }, ErrorKind::data,
                       folder.path) ==
        "--compare ROOT/none: there is no ROOT/none; evaluate the run with segeval first");
}

TEST_CASE("a comparison's tables say the same", "[evaluation]") {
  const Comparison c = compare({run_of("A", {{0.5}, {0.6}}), run_of("B|", {{0.6}, {0.7}})}, "dsc");
  const std::string text = comparison_markdown(c), csv = comparison_csv(c);
  CHECK(text.find("| a | 0.5500 | 0.6500 | +0.1000 | +0.1000 to +0.1000 | 0.5000 | 1.0000 | 2/0/0 "
                  "|\n") != std::string::npos);
  CHECK(text.find("\nB\\|\n") != std::string::npos);
  CHECK(text.find("| B\\| | 0.6500 | 1 | 100.0 % | 0.0 % |") != std::string::npos);
  CHECK(csv.find(
            "\ndsc,B|,A,a,0.550000,0.650000,0.100000,0.100000,0.100000,2,3,0,1,0.5,1,2,0,0,0\n") !=
        std::string::npos);
}

}  // namespace seg
