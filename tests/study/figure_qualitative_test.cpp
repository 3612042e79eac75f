// Figures 2 and 3: truth and every run's labels where they should be, and what is refused.
#include "study/figure_qualitative.h"

#include "core/files.h"
#include "data/phantom.h"
#include "evaluation/evaluate.h"
#include "report/slice_outlines.h"
#include "report/xml.h"
#include "run/checkpoint.h"
#include "run/finished_run.h"
#include "run/run_network.h"
#include "study/figure_cases.h"
#include "support/errors.h"
#include "training/train_and_evaluate.h"

#include <torch/torch.h>

#include <map>

namespace seg {
namespace {

namespace fs = std::filesystem;

// A small data set and runs on it, made once each.
class SmallRuns {
 public:
  SmallRuns() { write_amos_phantom({5, 3, {32, 48, 48}}, folder_.path / "data"); }

  const fs::path& folder() const { return folder_.path; }

  fs::path run(const std::string& name, const std::vector<std::string>& more) {
    const fs::path output = folder_.path / name;
    if (fs::exists(output)) return output;
    std::vector<std::string> keys = {"data.root=" + (folder_.path / "data").string(),
                                     "prep.cache=" + (folder_.path / "cache").string(),
                                     "data.split={train: [amos_0001], validation: [amos_0002], "
                                     "test: [amos_0003, amos_0004, amos_0005]}",
                                     "data.sampling=random",
                                     "prep.spacing=[4,4,4]",
                                     "model.base_channels=4",
                                     "training.patch=[16,32,32]",
                                     "training.epochs=1",
                                     "training.steps_per_epoch=2",
                                     "training.precision=float32",
                                     "threads=1",
                                     "data.workers=1",
                                     "device=cpu",
                                     "output=" + output.string()};
    keys.insert(keys.end(), more.begin(), more.end());
    train_and_evaluate(config_from(keys), name, false);
    return output;
  }

 private:
  test::TemporaryFolder folder_;
};

SmallRuns& small_runs() {
  static SmallRuns runs;
  return runs;
}

QualitativeRequest two_columns() {
  QualitativeRequest request;
  request.columns = {{"CEDL", small_runs().run("cedl", {"loss.name=CEDL"})},
                     {"CWCD", small_runs().run("cwcd", {"training.seed=7"})}};
  return request;
}

// What evaluation sees of a case: by id, image, truth and the labels of the run's best checkpoint.
struct SeenCase {
  torch::Tensor image, truth, labels;
};
std::map<std::string, SeenCase> seen_by(const fs::path& run) {
  const FinishedRun finished(run);
  const Config config = finished.config();
  const Experiment experiment(config);
  const Compute compute{torch::kCPU};
  const auto network = network_for(config, experiment, compute);
  load_weights_to_evaluate(finished.checkpoint("best"), model_signature(config, experiment),
                           *network);
  std::map<std::string, SeenCase> seen;
  evaluate(*network, experiment, experiment.part(SplitPart::test), "", config, compute, {},
           [&](const EvaluatedCase& c) {
             seen[c.files.id] = {whole_image(c.prepared).clone(), c.pair.truth.clone(),
                                 c.pair.prediction.clone()};
           });
  return seen;
}

void check_refused(const QualitativeRequest& request, ErrorKind kind, const std::string& what) {
  CHECK(test::error_of([&] { qualitative_figure(request); }, kind, small_runs().folder()) == what);
}

}  // namespace

TEST_CASE("a qualitative figure has a row per slice: the truth, then each run's labels",
          "[study]") {
  QualitativeRequest request = two_columns();
  request.rows = {{"amos_0004"}, {"amos_0003", 5}, {"amos_0004", 4}};
  const Figure figure = qualitative_figure(request);
  CHECK(figure.columns == std::vector<std::string>{"Truth", "CEDL", "CWCD"});
  REQUIRE(figure.rows.size() == 3);
  auto first = seen_by(request.columns[0].run), second = seen_by(request.columns[1].run);
  std::set<std::string> classes;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string id = request.rows[i].case_id;
    const SeenCase &a = first.at(id), &b = second.at(id);
    const std::int64_t z = i == 0 ? slice_of_most_classes(a.truth) : i == 1 ? 4 : 3;
    CHECK(figure.rows[i].caption ==
          fmt::format("Case {}, slice {} of {}", id, z + 1, a.truth.size(0)));
    const Picture plain = slice_in_grey(a.image, a.truth, z);
    const std::vector<torch::Tensor> shown = {a.truth, a.labels, b.labels};
    REQUIRE(figure.rows[i].panels.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(figure.rows[i].panels[k].equal(painted(plain, axial(shown[k], z), .6)));
      for (const std::int64_t c : classes_in(axial(shown[k], z), axial(shown[k], z)))
        classes.insert(hex(class_colour(c)));
    }
    CHECK_FALSE(figure.rows[i].panels[1].equal(figure.rows[i].panels[2]));
  }
  std::set<std::string> keys;
  for (const FigureKey& key : figure.legend) keys.insert(hex(key.colour));
  CHECK(keys == classes);
}

TEST_CASE("without cases the figure shows worst, median and best of the last run", "[study]") {
  const QualitativeRequest request = two_columns();
  const auto cases = typical_cases(request.columns[1].run, "CWCD");
  const fs::path stem = small_runs().folder() / "figure3";
  write_qualitative_figure(request, stem);
  const std::string svg = read_file(stem.string() + ".svg");
  CHECK(test::xml_fault(svg).empty());
  CHECK(read_file(stem.string() + ".png").starts_with("\x89PNG"));
  REQUIRE(cases.size() == 3);
  std::size_t at = 0;
  for (const TypicalCase& c : cases) {
    CHECK(svg.find(">Case " + c.id + ", slice ") > at);
    at = svg.find(">Case " + c.id + ", slice ");
    CHECK(svg.find(": " + c.why + "<", at) != std::string::npos);
  }
  CHECK(svg.find(">liver<") != std::string::npos);
}

TEST_CASE("worst, median and best are chosen by the mean over the structures that are there",
          "[study]") {
  const test::TemporaryFolder run;
  const auto chosen = [&](const std::string& rows) {
    write_file(run.path / "dsc.csv", "case,region,dsc\n" + rows);
    std::string text;
    for (const TypicalCase& c : typical_cases(run.path, "A")) text += c.id + ": " + c.why + "; ";
    return text;
  };
  CHECK(chosen("p1,liver,0.5\np1,spleen,\np2,liver,0.9\np2,spleen,0.7\np3,liver,0.2\n"
               "p3,spleen,0.4\np4,liver,\np4,spleen,\np5,liver,0.9\np5,spleen,0.3\n") ==
        "p3: worst of A by mean DSC, 0.300; p1: median of A by mean DSC, 0.500; "
        "p2: best of A by mean DSC, 0.800; ");
  CHECK(chosen("p1,liver,0.5\np2,liver,0.25\n") ==
        "p2: worst of A by mean DSC, 0.250; p1: best of A by mean DSC, 0.500; ");
  CHECK(chosen("p1,liver,0.5\n") == "p1: the only case of A by mean DSC, 0.500; ");
  CHECK(test::error_of([&] { chosen("p1,liver,\n"); }, ErrorKind::data, run.path) ==
        "ROOT: no case of dsc.csv has a DSC; name cases");
  std::filesystem::remove(run.path / "dsc.csv");
  CHECK(test::error_of([&] { typical_cases(run.path, "A"); }, ErrorKind::data, run.path) ==
        "ROOT: there is no dsc.csv by which to choose cases; evaluate the run with segeval, or "
        "name cases");
}

TEST_CASE("runs that may not stand side by side are refused, and cases that tell nothing",
          "[study]") {
  check_refused({}, ErrorKind::config, "a figure without a run: name one or more");
  const QualitativeRequest request = two_columns();
  const auto with = [&](const std::string& name, const std::vector<std::string>& keys) {
    QualitativeRequest other = request;
    other.columns[1].run = small_runs().run(name, keys);
    return other;
  };
  const std::string mend = "; name runs of one data set, with the same classes and preprocessing";
  check_refused(with("spacing", {"prep.spacing=[4,4,5]"}), ErrorKind::config,
                "prep.spacing is [4, 4, 4] in ROOT/cedl and [4, 4, 5] in ROOT/spacing" + mend);
  std::string organs = "data.labels={0: background";
  for (int value = 1; value <= 15; ++value) organs += fmt::format(", {}: organ", value);
  check_refused(with("classes", {organs + "}"}), ErrorKind::config,
                "ROOT/cedl has the classes background, spleen, right kidney, left kidney, "
                "gallbladder, esophagus, liver, stomach, aorta, postcava, pancreas, "
                "right adrenal gland, left adrenal gland, duodenum, bladder, prostate/uterus and "
                "ROOT/classes has background, organ" +
                    mend);
  const fs::path copy = small_runs().folder() / "copy";
  fs::copy(small_runs().folder() / "data", copy, fs::copy_options::recursive);
  check_refused(with("elsewhere", {"data.root=" + copy.string()}), ErrorKind::config,
                "ROOT/cedl is of the data set data and ROOT/elsewhere of copy" + mend);
  QualitativeRequest one_root = with("elsewhere", {});
  one_root.rows = {{"amos_0003"}};
  one_root.overrides = {"data.root=" + copy.string()};
  CHECK(qualitative_figure(one_root).rows.size() == 1);

  const auto of_case = [&](QualitativeRequest asked, const QualitativeRow& row) {
    asked.rows = {row};
    return asked;
  };
  check_refused(of_case(request, {"amos_0001"}), ErrorKind::config,
                "case amos_0001: ROOT/cedl was trained on it; name cases of its test part");
  check_refused(of_case(with("split", {"data.split={train: [amos_0001], validation: [amos_0003], "
                                       "test: [amos_0002]}"}),
                        {"amos_0003"}),
                ErrorKind::config,
                "case amos_0003: is a test case of ROOT/cedl and a validation case of ROOT/split; "
                "name runs of one split");
  check_refused(of_case(request, {"amos_03"}), ErrorKind::config,
                "case amos_03: the data set data has no such case; name one of its 5; did you mean "
                "'amos_0003'?");
  const auto depth = seen_by(request.columns[0].run).at("amos_0003").truth.size(0);
  check_refused(
      of_case(request, {"amos_0003", depth + 1}), ErrorKind::config,
      fmt::format("case amos_0003: has no slice {}; name one of 1 to {}", depth + 1, depth));
  const fs::path others = small_runs().folder() / "others" / "data";
  write_amos_phantom({5, 8, {32, 48, 48}}, others);
  check_refused(of_case(with("other_labels", {"data.root=" + others.string()}), {"amos_0003"}),
                ErrorKind::data,
                "case amos_0003: ROOT/other_labels has other labels of it than the runs before; "
                "give all the same data.root");
  QualitativeRequest checkpoint = of_case(request, {"amos_0003"});
  checkpoint.checkpoint = "step-2";
  CHECK(qualitative_figure(checkpoint).rows.size() == 1);
}

}  // namespace seg
