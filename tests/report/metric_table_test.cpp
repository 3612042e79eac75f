#include "report/metric_table.h"

#include "report/metric_csv.h"
#include "report/metric_markdown.h"
#include "support/catch.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <sstream>

using namespace seg;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

RegionMetrics overlap(std::int64_t intersection, std::int64_t prediction, std::int64_t truth) {
  RegionMetrics m;
  m.counts = {intersection, prediction, truth};
  return m;
}

RegionMetrics measured(const RegionMetrics& counts, double hd95, double assd, double nsd) {
  RegionMetrics m = counts;
  m.hd = hd95;
  m.hd95 = hd95;
  m.assd = assd;
  m.nsd = {nsd};
  m.surfaces = true;
  return m;
}

CaseMetrics case_of(const std::string& id, const std::vector<RegionMetrics>& regions) {
  return {.id = id, .regions = regions, .voxel_ml = 0.5, .voxels = 100};
}

// Region a: DSC 1 and 0.5; b: 0 and absent; c: absent in both; d: 0.8 and absent.
MetricTable made_table() {
  MetricTable table;
  table.title = "validation, step 3";
  table.regions = {{"a", {1}}, {"b", {2}}, {"c", {3}}, {"d", {1, 2}}};
  table.cases = {
      case_of("p1", {overlap(5, 5, 5), overlap(0, 3, 0), overlap(0, 0, 0), overlap(4, 5, 5)}),
      case_of("p2", {overlap(1, 2, 2), overlap(0, 0, 0), overlap(0, 0, 0), overlap(0, 0, 0)})};
  return table;
}

// Two cases of one region with distances, one of them infinite; with all that names the table.
MetricTable measured_table() {
  MetricTable table;
  table.title = "test";
  table.regions = {{"a", {1}}};
  table.tolerances = {1};
  table.evaluated = {"amos", "unet", "CWCD", "0", "test", "original", 600};
  table.cases = {case_of("p1", {measured(overlap(4, 5, 5), 2.5, 1.25, 0.75)}),
                 case_of("p2", {measured(overlap(0, 0, 4), kInf, kInf, 0)})};
  return table;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("means: zeros count, absent cases and regions stay out", "[report]") {
  const MetricTable table = made_table();
  CHECK(table.mean(0) == Approx(0.75));
  CHECK(table.mean(1) == 0);
  CHECK(std::isnan(table.mean(2)));
  CHECK(table.mean(3) == Approx(0.8));
  CHECK(table.overall() == Approx((0.75 + 0 + 0.8) / 3));
  CHECK(MetricTable{}.overall() == 0);
  CHECK(mean_dsc(table.cases[0]) == Approx((1 + 0 + 0.8) / 3));
  CHECK(mean_dsc(table.cases[1]) == Approx(0.5));
  const RowMeans row = row_means({0.75, 0, std::nan(""), 0.8});
  CHECK(row.all == Approx(0.3875));
  CHECK(row.nonzero == Approx(0.775));
  CHECK(row.present == Approx(1.55 / 3));
  CHECK(std::isnan(row_means({}).all));
}

TEST_CASE("the table in Markdown, with the three row means", "[report]") {
  CHECK(markdown(made_table()) ==
        "DSC: validation, step 3\n\n"
        "| region | DSC | 95 % interval | std | median | lowest | cases |\n"
        "|---|---|---|---|---|---|---|\n"
        "| a | 0.7500 | 0.500 to 1.000 | 0.3536 | 0.7500 | 0.5000 | 2 of 2 |\n"
        "| b | - |  |  | 0.0000 | 0.0000 | 1 of 2 |\n"
        "| c | absent |  |  | absent | absent | 0 of 2 |\n"
        "| d | 0.8000 |  |  | 0.8000 | 0.8000 | 1 of 2 |\n"
        "| mean, all (absent and zero count 0) | 0.3875 |  |  |  |  |  |\n"
        "| mean, nonzero (the paper's: regions of DSC 0 left out) | 0.7750 |  |  |  |  |  |\n"
        "| mean, present (regions in truth or prediction) | 0.5167 |  |  |  |  |  |\n");
}

TEST_CASE("infinite distances leave the mean and are counted beside it", "[report]") {
  const auto lines = lines_of(markdown(measured_table()));
  CHECK(lines[2] ==
        "| region | DSC | 95 % interval | std | median | lowest | HD95 mm | ASSD mm | NSD 1 mm | "
        "cases |");
  CHECK(lines[4] ==
        "| a | 0.4000 | 0.000 to 0.800 | 0.5657 | 0.4000 | 0.0000 | 2.50 (1 inf) | 1.25 (1 inf) | "
        "0.3750 | 2 of 2 |");
}

TEST_CASE("failures stand before the table, notes after it", "[report]") {
  MetricTable table = made_table();
  const std::string plain = markdown(table);
  table.notes = {"Something is left out."};
  table.failures = {"case p3: there is no prediction"};
  const std::string title = "DSC: validation, step 3\n\n";
  CHECK(markdown(table) == title + "- case p3: there is no prediction\n\n" +
                               plain.substr(title.size()) + "\nSomething is left out.\n");
}

TEST_CASE("names of any kind keep the tables whole", "[report]") {
  MetricTable table;
  table.title = "run | 1";
  table.regions = {{"a,|b\n\x1b[2J", {1}}};
  table.cases = {case_of("p\"1\"", {measured(overlap(5, 5, 5), 0, 0, 1)})};
  CHECK(markdown(table).starts_with("DSC: run \\| 1\n\n"));
  CHECK(markdown(table).find("\n| a,\\|b\\\\n\\\\x1b\\[2J | 1.0000 |") != std::string::npos);
  CHECK(case_csv(table).find("\n,,,,,,,\"p\"\"1\"\"\",\"a,|b\n\x1b[2J\",1.000000,") !=
        std::string::npos);
  CHECK(nlohmann::json::parse(
            nnunet_summary(table, {0, 7}))["metric_per_case"][0]["metrics"]["7"]["Dice"] == 1.0);
}

TEST_CASE("a CSV line per case and region names what was evaluated; absent is empty", "[report]") {
  CHECK(lines_of(case_csv(measured_table())) ==
        std::vector<std::string>{
            "dataset,network,loss,seed,part,space,step,case,region,dsc,iou,precision,recall,hd_mm,"
            "hd95_mm,assd_mm,nsd_1mm,prediction_ml,truth_ml,intersection,prediction,truth",
            "amos,unet,CWCD,0,test,original,600,p1,a,0.800000,0.666667,0.800000,0.800000,2.500000,"
            "2.500000,1.250000,0.750000,2.500000,2.500000,4,5,5",
            "amos,unet,CWCD,0,test,original,600,p2,a,0.000000,0.000000,0.000000,0.000000,inf,inf,"
            "inf,0.000000,0.000000,2.000000,0,0,4"});
  const auto lines = lines_of(case_csv(made_table()));
  REQUIRE(lines.size() == 9);
  CHECK(lines[3] == ",,,,,,,p1,c,,,,,,,,0.000000,0.000000,0,0,0");
}

TEST_CASE("a long table has one value a line, NA where it is absent", "[report]") {
  const auto lines = lines_of(long_csv(made_table(), "run,1"));
  CHECK(lines[0] == "algorithm,case,class,metric,value");
  CHECK(lines[1] == "\"run,1\",p1,a,dsc,1.000000");
  CHECK(std::find(lines.begin(), lines.end(), "\"run,1\",p2,c,dsc,NA") != lines.end());
  CHECK(lines.size() == 1 + 2 * 4 * made_table().metrics().size());
}

TEST_CASE("a summary counts what is finite, infinite and absent", "[report]") {
  const auto lines = lines_of(summary_csv(measured_table()));
  CHECK(lines[1] ==
        "amos,unet,CWCD,0,test,original,600,a,dsc,,0.400000,0.565685,0.400000,0.000000,0.800000,"
        "0.000000,0.800000,2,0,0");
  const std::string hd95 = "amos,unet,CWCD,0,test,original,600,a,hd95,mm,2.500000,,2.500000,";
  CHECK(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.starts_with(hd95) && line.ends_with(",1,1,0");
  }));
  CHECK(lines_of(summary_csv(made_table())).size() == 1 + 4 * made_table().metrics().size());
}

TEST_CASE("nnU-Net's summary has its keys, our metrics beside them", "[report]") {
  MetricTable table = made_table();
  table.cases[0].truth_file = "truth/p1.nii.gz";
  table.cases[0].prediction_file = "p1.nii.gz";
  table.regions.resize(1);
  for (CaseMetrics& c : table.cases) c.regions = {measured(c.regions[0], 1, 1, 1)};
  const auto j = nlohmann::json::parse(nnunet_summary(table, {0, 3, 4}));
  CHECK(j["mean"]["3"]["Dice"] == 0.75);
  CHECK(j["foreground_mean"]["IoU"].get<double>() == Approx((1 + 1.0 / 3) / 2));
  const auto& first = j["metric_per_case"][0];
  CHECK(first["reference_file"] == "truth/p1.nii.gz");
  CHECK(first["prediction_file"] == "p1.nii.gz");
  const auto& second = j["metric_per_case"][1]["metrics"]["3"];
  CHECK(second["TP"] == 1);
  CHECK(second["FP"] == 1);
  CHECK(second["FN"] == 1);
  CHECK(second["TN"] == 97);
  CHECK(second["n_pred"] == 2);
  CHECK(second["n_ref"] == 2);
  // A union's key is a list; what strict JSON has no word for is written as Python's json does.
  const std::string whole = nnunet_summary(made_table(), {0, 3, 4, 5});
  CHECK(whole.find("\"(3, 4)\": {\"Dice\": 0.8") != std::string::npos);
  CHECK(whole.find("\"5\": {\"Dice\": NaN") != std::string::npos);
}
