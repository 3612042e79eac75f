#include "report/axis.h"
#include "report/chart.h"
#include "report/palette.h"
#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr double curves_width = 760, curves_left = 60, curves_right = 745;
constexpr double panel_height = 170, loss_top = 30, dsc_top = 260;

struct CurvePoint {
  double epoch, value;  // value NaN: the line has a gap
};

// Blue and vermilion have contrast on white and on black.
std::string loss_colour() { return hex(class_colour(5)); }
std::string dsc_colour() { return hex(class_colour(6)); }

Axis axis_of_values(const std::vector<CurvePoint>& curve, double top) {
  constexpr double most = std::numeric_limits<double>::infinity();
  double low = most, high = -most;
  for (const CurvePoint& p : curve) {
    if (!std::isfinite(p.value)) continue;
    low = std::min(low, p.value);
    high = std::max(high, p.value);
  }
  return axis_for(low, high, top + panel_height, top, 5);
}

std::string frame(const Axis& epochs, const Axis& values, const std::string& heading) {
  const double top = values.to, bottom = values.from;
  std::string svg = svg_text(0, top - 12, heading, {.bold = true});
  for (const double tick : values.ticks) {
    svg += svg_line(epochs.from, values.at(tick), epochs.to, values.at(tick), 1, 0.2);
    svg += svg_text(epochs.from - 10, values.at(tick) + 4.5, values.label(tick),
                    {.anchor = Anchor::end});
  }
  for (const double tick : epochs.ticks) {
    svg += svg_line(epochs.at(tick), bottom, epochs.at(tick), bottom + 5, 1, 0.6);
    svg += svg_text(epochs.at(tick), bottom + 19, epochs.label(tick), {.anchor = Anchor::middle});
  }
  return svg + svg_line(epochs.from, bottom, epochs.to, bottom, 1, 0.6);
}

std::string polyline(const std::vector<CurvePoint>& curve, const Axis& epochs, const Axis& values,
                     const std::string& colour) {
  std::string line, dots;
  bool pen_down = false;
  for (const CurvePoint& p : curve) {
    const bool shown = std::isfinite(p.value);
    if (shown) {
      const std::string at = unit(epochs.at(p.epoch)) + " " + unit(values.at(p.value));
      line += (pen_down ? "L" : "M") + at;
      dots += "M" + at + "h0";
    }
    pen_down = shown;
  }
  const std::string ends = "stroke-linecap=\"round\" stroke-linejoin=\"round\"";
  std::string svg = fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" {}/>\n", line, colour, ends);
  if (curve.size() <= 100)
    svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"5\" {}/>\n", dots,
                       colour, ends);
  return svg;
}

std::string best_mark(const EpochRecord& best, const Axis& epochs, const Axis& values) {
  return fmt::format(
             "<circle cx=\"{}\" cy=\"{}\" r=\"6\" fill=\"none\" stroke=\"currentColor\" "
             "stroke-width=\"1.6\"/>\n",
             unit(epochs.at(static_cast<double>(best.epoch))), unit(values.at(best.mean_dsc))) +
         svg_text(curves_right, values.to - 12,
                  fmt::format("circled: best, {:.4f} after epoch {}", best.mean_dsc, best.epoch),
                  {.anchor = Anchor::end});
}

std::string curve_description(const std::vector<EpochRecord>& history) {
  if (history.empty()) return "No epoch is trained yet.";
  std::string text = fmt::format(
      "Mean loss of {} epochs, {:.4g} in the first and {:.4g} in the "
      "last.",
      history.size(), history.front().loss, history.back().loss);
  if (const EpochRecord* best = best_of(history))
    text += fmt::format(" The best validation DSC is {:.4f}, after epoch {}.", best->mean_dsc,
                        best->epoch);
  return text;
}

}  // namespace

std::string curve_svg(const std::vector<EpochRecord>& history) {
  const std::string title = "Training", description = curve_description(history);
  if (history.empty())
    return svg_document(curves_width, 40, title, description, svg_text(0, 25, description));
  std::vector<CurvePoint> loss, dsc;
  for (const EpochRecord& r : history) {
    loss.push_back({static_cast<double>(r.epoch), r.loss});
    if (r.mean_dsc >= 0) dsc.push_back({static_cast<double>(r.epoch), r.mean_dsc});
  }
  const auto first = static_cast<double>(history.front().epoch),
             last = static_cast<double>(history.back().epoch);
  const std::int64_t most =
      std::clamp<std::int64_t>(history.back().epoch - history.front().epoch, 1, 10);
  const Axis epochs = first == last ? axis_for(first - 1, last + 1, curves_left, curves_right, 2)
                                    : axis_for(first, last, curves_left, curves_right, most, false);
  const Axis losses = axis_of_values(loss, loss_top);
  std::string svg = frame(epochs, losses, "Training loss (mean of an epoch)") +
                    polyline(loss, epochs, losses, loss_colour());
  double height = loss_top + panel_height;
  if (!dsc.empty()) {
    const Axis values = axis_of_values(dsc, dsc_top);
    svg += frame(epochs, values, "Validation DSC (mean of the classes)") +
           polyline(dsc, epochs, values, dsc_colour()) +
           best_mark(*best_of(history), epochs, values);
    height = dsc_top + panel_height;
  }
  svg += svg_text((curves_left + curves_right) / 2, height + 40, "epoch",
                  {.anchor = Anchor::middle, .bold = true});
  return svg_document(curves_width, height + 50, title, description, svg);
}

}  // namespace seg
