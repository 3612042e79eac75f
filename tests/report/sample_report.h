#pragma once
// A report of made-up cases with all that a page may have, hostile names among it.
#include "report/chart.h"
#include "report/overlay.h"
#include "report/report.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

namespace seg::test {

inline const std::string hostile = "<script>alert(1)</script>\"'&\x01\xfc\u202e";

inline torch::Tensor ball(const std::vector<std::int64_t>& size, std::array<double, 3> centre,
                          double radius) {
  const auto axis = [&](std::size_t k) {
    std::vector<std::int64_t> shape = {1, 1, 1};
    shape[k] = size[k];
    const torch::Tensor place =
        torch::arange(size[k], torch::kFloat32) / static_cast<double>(size[k]);
    return (place - centre[k]).square().view(shape);
  };
  return axis(0) + axis(1) + axis(2) < radius * radius;
}

// Balls of `classes` classes in noise; the prediction is moved and has a hole.
inline OverlayCase sample_case(std::vector<std::int64_t> size, std::int64_t classes) {
  torch::manual_seed(3);
  OverlayCase c;
  c.truth = torch::zeros(size, torch::kUInt8);
  c.prediction = c.truth.clone();
  c.image = torch::rand(size) * 60 + 300 * ball(size, {0.5, 0.5, 0.5}, 0.48);
  c.classes = {"background"};
  for (std::int64_t k = 1; k <= classes; ++k) {
    const double turn = 6.283 * static_cast<double>(k) / static_cast<double>(classes);
    const std::array<double, 3> at = {0.5, 0.5 + 0.3 * std::cos(turn), 0.5 + 0.3 * std::sin(turn)};
    c.truth.masked_fill_(ball(size, at, 0.1), k);
    c.prediction.masked_fill_(ball(size, {0.52, at[1] + 0.02, at[2]}, 0.1), k);
    c.image += 40 * ball(size, at, 0.1);
    c.classes.push_back(fmt::format("organ number {}", k));
  }
  c.prediction.masked_fill_(ball(size, {0.5, 0.8, 0.5}, 0.04), 0);
  c.truth.slice(1, 0, size[1] / 12).fill_(255);
  c.spacing = {3, 1, 1};
  c.id = "case " + std::to_string(classes);
  return c;
}

inline ReportTable sample_table(const std::string& id, std::size_t columns) {
  ReportTable table = {.id = id, .caption = "Made-up numbers, a row per class.", .head = {"class"}};
  table.numeric = {false};
  for (std::size_t k = 1; k < columns; ++k) {
    table.head.push_back(fmt::format("measure {}", k));
    table.numeric.push_back(true);
  }
  for (std::size_t row = 0; row < 6; ++row) {
    table.rows.push_back({row == 5 ? hostile : fmt::format("organ number {}", row + 1)});
    for (std::size_t k = 1; k < columns; ++k)
      table.rows.back().push_back(
          row == 3 ? "absent" : fmt::format("{:.4f}", std::fmod(0.37 * (row * 7.0 + k), 20)));
  }
  table.rows[2][1] = "inf";
  return table;
}

inline std::string sample_curves() {
  std::vector<EpochRecord> history;
  for (int e = 1; e <= 40; ++e) {
    EpochRecord r;
    r.epoch = e;
    r.loss = 1.8 * std::exp(-e / 12.0) + 0.2 + 0.03 * std::sin(e * 1.7);
    if (e % 4 == 0) r.mean_dsc = 0.85 - 0.8 * std::exp(-e / 9.0) - 0.01 * std::cos(e * 2.0);
    history.push_back(r);
  }
  return curve_svg(history);
}

inline std::string sample_boxes() {
  BoxPlot plot = {.title = "DSC per class", .axis = "DSC", .rows = {}, .range = std::pair(0., 1.)};
  for (std::size_t k = 1; k <= 15; ++k) {
    plot.rows.push_back(
        {k == 9 ? hostile + " and a long tail" : fmt::format("organ number {}", k), {}});
    for (std::size_t i = 0; i < 30; ++i)
      plot.rows.back().values.push_back(
          (i + k) % 17 == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : 1 - std::pow(std::fmod(0.618 * (i * 3.0 + k), 1), 2) * 0.05 * k);
  }
  return box_plot_svg(plot);
}

inline Report make_sample_report() {
  Report r;
  r.title = "Evaluation of amos_cwcd on the test part";
  r.subtitle = "AMOS, 30 cases, checkpoint step 5000 (best), original space; " + hostile;
  r.failures = {"case_0007: the prediction's grid differs from the truth's by its spacing.",
                hostile + ": the file ends early."};
  r.notes = {"The crop of preprocessing cuts 0.3 % of the pancreas off.", hostile};
  r.tables = {sample_table("summary", 5), sample_table("summary", 16)};
  r.charts = {{"DSC per class", "Box plots of 15 classes.", sample_boxes()},
              {"Training", "The loss falls, the validation DSC rises.", sample_curves()}};
  r.cases = {{"Worst: case 15, mean DSC 0.61", "Three planes of case 15.",
              overlay_svg(sample_case({40, 120, 120}, 15))},
             {"Best: " + hostile, hostile, overlay_svg(sample_case({24, 80, 64}, 3))}};
  r.configuration = "data:\n  root: \"" + hostile + "\"\ntraining:\n  epochs: 40\n";
  return r;
}

inline const Report& sample_report() {
  static const Report report = make_sample_report();
  return report;
}

}  // namespace seg::test
