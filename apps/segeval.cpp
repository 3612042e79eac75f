// segeval: metrics of a trained run, of two folders of label files, or evaluations compared.
#include "core/files.h"
#include "core/path_name.h"
#include "data/split.h"
#include "evaluation/case_picture.h"
#include "evaluation/comparison.h"
#include "evaluation/evaluate_folders.h"
#include "evaluation/evaluate_run.h"
#include "evaluation/folder_picture.h"
#include "program.h"
#include "report/metric_csv.h"
#include "run/finished_run.h"

namespace {

struct Arguments {
  std::string run, checkpoint = "best", space = "original", log_level;
  std::optional<std::string> part, lesions;
  std::string truth, prediction, labels, images, output, json, metric = "dsc";
  std::vector<std::string> overrides, compared;
  std::vector<double> tolerances = {1, 2};
  bool pictures = false;
};

// The word of an option that need not be given.
template <seg::Choice E>
std::optional<E> optional_choice(const char* option, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return seg::option_word<E>(option, *text);
}

void check_tolerances(std::vector<double>& tolerances) {
  std::sort(tolerances.begin(), tolerances.end());
  tolerances.erase(std::unique(tolerances.begin(), tolerances.end()), tolerances.end());
  for (const double t : tolerances)
    if (!(t >= 0) || t > 1000) seg::fail_config("--tolerance {}: must be from 0 to 1000 mm", t);
}

// The summary, then nnU-Net's.
void show(const Arguments& a, const seg::WrittenEvaluation& written, const seg::MetricTable& table,
          const std::vector<int>& file_values) {
  seg::print("{}\nTable: {}\nReport: {}\n", written.text, written.table.string(),
             written.report.string());
  if (!a.json.empty()) seg::write_output(a.json, seg::nnunet_summary(table, file_values));
}

void evaluate_run(const Arguments& a) {
  const auto part = optional_choice<seg::SplitPart>("--part", a.part);
  const auto space = seg::option_word<seg::Space>("--space", a.space);
  const auto rule = optional_choice<seg::LesionRule>("--lesions", a.lesions);
  const seg::FinishedRun finished(a.run);
  const seg::Config config = finished.config(a.overrides);
  const seg::Compute compute = seg::compute_of(config);
  seg::Experiment experiment(config);
  experiment.build_cache();
  const seg::LabelMap& labels = experiment.dataset().labels;
  const auto draw = [&](const seg::EvaluatedCase& c) {
    if (!a.pictures) return;
    seg::write_case_picture(finished.path(), c.prepared, c.labels);
    seg::write_overlay(finished.path(), c.prepared.id, seg::overlay_of(c, space, labels));
  };
  const seg::Evaluation evaluation = seg::evaluate_run(
      finished.path(), {finished.checkpoint(a.checkpoint), part, space, a.tolerances, rule}, config,
      experiment, compute, draw);
  show(a, evaluation.written, evaluation.table, labels.to_file);
}

void evaluate_folders(const Arguments& a) {
  const auto rule = optional_choice<seg::LesionRule>("--lesions", a.lesions);
  const std::filesystem::path output = a.output.empty()
                                           ? std::filesystem::path(a.prediction) / "evaluation"
                                           : std::filesystem::path(a.output);
  const seg::FolderPictures pictures(a.images);
  const seg::FolderCases cases = seg::find_cases({a.truth, a.prediction, a.labels});
  const seg::LabelMap& labels = cases.labels.map;
  std::optional<seg::LesionTable> lesions;
  if (rule) lesions.emplace(*rule, labels.classes, cases.labels.regions);
  seg::make_folder(output);
  seg::Gallery gallery;
  const auto score = [&](const std::string& id, const seg::LabelPair& pair) {
    if (lesions) lesions->add(id, pair);
  };
  const auto look = [&](const seg::CaseMetrics& metrics, const auto& view) {
    const std::string drawn = a.pictures ? pictures.overlay_of(view()) : "";
    if (a.pictures) seg::write_overlay(output, metrics.id, drawn);
    gallery.offer(metrics.id, seg::mean_dsc(metrics),
                  [&] { return a.pictures ? drawn : pictures.overlay_of(view()); });
  };
  const seg::MetricTable table = seg::evaluate_folders(cases, a.tolerances, score, look);
  const seg::Background background{{}, {}, lesions ? &*lesions : nullptr};
  const seg::WrittenEvaluation written =
      seg::write_evaluation(output, seg::name_of(a.prediction), "", table, gallery, background);
  show(a, written, table, labels.to_file);
  if (!table.failures.empty())
    seg::fail_data("{} of {} cases could not be measured in full; {} lists them",
                   table.failures.size(), cases.files.size(), written.table.string());
}

void compare(const Arguments& a) {
  if (a.compared.size() < 2)
    seg::fail_config("--compare: names one evaluation; name two or more to compare");
  std::vector<seg::EvaluatedRun> runs;
  if (!a.output.empty()) seg::make_folder(a.output);
  for (const std::string& place : a.compared) runs.push_back(seg::read_evaluation(place, a.metric));
  const seg::Comparison comparison = seg::compare(runs, a.metric);
  seg::print("{}\n", seg::comparison_markdown(comparison));
  if (a.output.empty()) return;
  const std::filesystem::path output = a.output;
  seg::write_file(output / "compare.csv", seg::comparison_csv(comparison));
  seg::write_file(output / "compare.md", seg::comparison_markdown(comparison));
  seg::print("Tables: {}, compare.csv beside it\n", (output / "compare.md").string());
}

void add_options(CLI::App& app, Arguments& a) {
  auto* run = app.add_option("-r,--run", a.run, "A run folder of segtrain");
  app.add_option("--checkpoint", a.checkpoint, "best, last, step-N, or a folder")
      ->capture_default_str()
      ->needs(run);
  app.add_option("--part", a.part, "train, validation or test; default: test, else validation")
      ->needs(run);
  app.add_option("--space", a.space,
                 "original: the whole volume, on the grid of the label's file; preprocessed: as "
                 "training sees it, within the crop")
      ->capture_default_str()
      ->needs(run);
  app.add_option("--set", a.overrides, "Overrides a key of the run's configuration: a.b=value")
      ->allow_extra_args(false)
      ->needs(run);
  auto* truth = app.add_option("--truth", a.truth, "A folder of label files");
  auto* prediction =
      app.add_option("--prediction", a.prediction, "A folder of files with the same names");
  truth->needs(prediction)->excludes(run);
  prediction->needs(truth);
  app.add_option("--labels", a.labels,
                 "YAML with labels: {1: spleen, ...} and, if wanted, regions: {WT: [NTC, ED]}; "
                 "default: dataset.json in or above the folders, else every value by itself")
      ->needs(truth);
  app.add_option("--images", a.images, "A folder of images to draw behind the contours")
      ->needs(truth);
  auto* compared =
      app.add_option("--compare", a.compared,
                     "Evaluated runs, folders with dsc.csv or such files: each against the first")
          ->excludes(run)
          ->excludes(truth);
  app.add_option("--metric", a.metric, "What --compare compares: a column of dsc.csv")
      ->capture_default_str()
      ->needs(compared);
  app.add_option("--tolerance", a.tolerances, "Of the normalised surface distance (NSD), in mm")
      ->capture_default_str()
      ->excludes(compared);
  app.add_option(
         "--lesions", a.lesions,
         "Scores lesion by lesion, too: brats2023, brats2023_met, brats2024 (the challenges' "
         "rules) or panoptic (RQ, SQ, PQ)")
      ->excludes(compared);
  app.add_option("-o,--output", a.output,
                 "With --truth: where the tables go, default PREDICTION/evaluation; with "
                 "--compare: where they are written, too")
      ->excludes(run);
  app.add_option("--json", a.json, "Writes nnU-Net's summary.json here as well")
      ->excludes(compared);
  app.add_flag("--pictures", a.pictures,
               "Writes pictures/CASE.svg, three planes through the largest error; of a run "
               "CASE.png, too")
      ->excludes(compared);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Measures segmentations: a run's checkpoint on a part of its split, or two folders of label "
      "files, whoever made them. Writes dsc.csv (a line per case and region), summary.csv, "
      "long.csv, dsc.md and report.html, into the run or --output; or compares such evaluations.",
      "segeval"};
  app.footer(
      "Examples:\n"
      "  segeval --run runs/brats_cwcd\n"
      "  segeval --run runs/brats_cwcd --checkpoint last --part validation --pictures --set "
      "data.root=/data/brats\n"
      "  segeval --truth labelsTs --prediction nnunet_output --labels labels.yaml --json "
      "summary.json\n"
      "  segeval --compare runs/amos_cedl runs/amos_cwcd --metric hd95_mm\n"
      "A prediction that is missing or cannot be used counts as empty; a case whose truth cannot "
      "be "
      "used is left out. Both are listed, and end in exit code 3.");
  Arguments a;
  seg::add_common_options(app, a.log_level);
  add_options(app, a);
  return seg::run_program(app, argc, argv, a.log_level, [&] {
    check_tolerances(a.tolerances);
    seg::require_folder_of("--json", a.json);
    if (!a.compared.empty()) return compare(a);
    if (!a.truth.empty()) return evaluate_folders(a);
    if (a.run.empty())
      seg::fail_config("name --run RUN, or --truth and --prediction, or --compare RUN_A RUN_B");
    evaluate_run(a);
  });
}
