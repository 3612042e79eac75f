#include "study/figure_qualitative.h"

#include "core/error.h"
#include "evaluation/evaluate.h"
#include "report/planes.h"
#include "report/slice_outlines.h"
#include "run/checkpoint.h"
#include "run/finished_run.h"
#include "run/run_network.h"
#include "study/figure_cases.h"
#include "study/figure_runs.h"
#include "study/figure_slice.h"

#include <torch/types.h>

#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr double label_opacity = 0.6;

// A row as it grows, column by column; the first run gives image and truth.
struct GrowingRow {
  QualitativeRow asked;
  std::string why;
  std::int64_t z = 0;
  Picture image = {};
  torch::Tensor truth = {};  // [h, w]
  FigureRow row = {};
  std::set<std::int64_t> classes = {};  // that are seen

  void add(const torch::Tensor& label) {
    row.panels.push_back(painted(image, label, label_opacity));
    for (const std::int64_t c : classes_in(truth, label)) classes.insert(c);
  }
};

std::vector<GrowingRow> growing_rows(const QualitativeRequest& request) {
  std::vector<GrowingRow> rows;
  for (const QualitativeRow& row : request.rows) rows.push_back({row, ""});
  if (!rows.empty()) return rows;
  const QualitativeColumn& last = request.columns.back();
  for (const TypicalCase& c : typical_cases(last.run, last.title))
    rows.push_back({{c.id}, ": " + c.why});
  return rows;
}

void begin_row(GrowingRow& row, const EvaluatedCase& c) {
  const std::string& id = row.asked.case_id;
  const torch::Tensor& label = c.pair.truth;
  row.z = slice_index(id, label, row.asked.slice);
  row.image = slice_in_grey(whole_image(c.prepared), label, row.z);
  row.truth = axial(label, row.z).clone();
  row.row.caption = slice_name(id, label, row.z) + row.why;
  row.row.pixel = pixel_size(c.pair.geometry.spacing_dhw(), kPlanes[0]);
  row.add(row.truth);
}

// One truth stands for all columns.
void require_same_truth(const GrowingRow& row, const EvaluatedCase& c, const FigureRun& run) {
  const torch::Tensor& label = c.pair.truth;
  if (row.z < label.size(0) && axial(label, row.z).equal(row.truth)) return;
  fail_data("case {}: {} has other labels of it than the runs before; give all the same data.root",
            row.asked.case_id, run.folder.string());
}

// Each once, though rows may show several slices of one.
std::vector<Case> figure_cases_of(const std::vector<GrowingRow>& rows, const Dataset& dataset) {
  std::set<std::string> ids;
  for (const GrowingRow& row : rows) ids.insert(row.asked.case_id);
  std::vector<Case> cases;
  for (const std::string& id : ids) cases.push_back(labelled_case(dataset, id));
  return cases;
}

void add_to_row(GrowingRow& row, const EvaluatedCase& c, const FigureRun& run) {
  if (row.row.panels.empty()) begin_row(row, c);
  require_same_truth(row, c, run);
  row.add(axial(c.pair.prediction, row.z));
}

void add_run(std::vector<GrowingRow>& rows, const FigureRun& run, const std::string& checkpoint) {
  const std::vector<Case> cases = figure_cases_of(rows, run.experiment.dataset());
  Cache(run.experiment.cache()).build(cases);
  const Compute compute = compute_of(run.config);
  const auto network = network_for(run.config, run.experiment, compute);
  load_weights_to_evaluate(fs::weakly_canonical(FinishedRun(run.folder).checkpoint(checkpoint)),
                           model_signature(run.config, run.experiment), *network);
  const auto draw = [&](const EvaluatedCase& c) {
    for (GrowingRow& row : rows)
      if (row.asked.case_id == c.files.id) add_to_row(row, c, run);
  };
  evaluate(*network, run.experiment, cases, "", run.config, compute, {}, draw);
}

std::string said_of(const QualitativeRequest& request) {
  std::string text = "The truth";
  for (const QualitativeColumn& column : request.columns) text += ", " + column.title;
  return text + ": labels painted over the same axial slices, counted from 1, from the feet.";
}

}  // namespace

Figure qualitative_figure(const QualitativeRequest& request) {
  const std::vector<FigureRun> runs = figure_runs(request);
  const Dataset& dataset = runs[0].experiment.dataset();
  std::vector<GrowingRow> rows = growing_rows(request);
  for (const Case& c : figure_cases_of(rows, dataset)) require_unseen(c.id, runs);
  for (const FigureRun& run : runs) add_run(rows, run, request.checkpoint);
  Figure figure{.title = "Segmentations of " + dataset.name,
                .description = said_of(request),
                .columns = {"Truth"}};
  for (const QualitativeColumn& column : request.columns) figure.columns.push_back(column.title);
  std::set<std::int64_t> seen;
  for (GrowingRow& row : rows) {
    seen.merge(row.classes);
    figure.rows.push_back(std::move(row.row));
  }
  for (const std::int64_t c : seen)
    figure.legend.push_back({class_colour(c), class_name(dataset.labels.classes, c)});
  return figure;
}

void write_qualitative_figure(const QualitativeRequest& request, const fs::path& stem) {
  check_stem(stem);
  write_figure(qualitative_figure(request), stem);
}

}  // namespace seg
