#pragma once
// Charts of a report, as SVG that needs no other file and follows the colour of the page's text.
#include "report/history.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seg {

struct BoxRow {
  std::string name;
  std::vector<double> values = {};  // one per case; NaN: absent; infinite ones are counted in text
  std::int64_t of_class = 0;        // whose colour the box has; 0: of none, grey
};

struct BoxPlot {
  std::string title;
  std::string axis;  // "DSC", "HD95 (mm)"
  std::vector<BoxRow> rows = {};
  std::optional<std::pair<double, double>> range = {};  // of the axis; else 0 and the values
};

// A row per class, its name on the left: quartiles as a box in the class's colour, the median,
// whiskers (box_numbers.h), every value as a point, moved up or down by its place in the list so
// that points do not hide each other; on the right how many cases there are, and how many absent
// and infinite ones. A point out of a given range stands at its end.
std::string box_plot_svg(const BoxPlot& plot);

// The mean loss of each epoch and, below, the validations' mean DSC, the best of them marked.
std::string curve_svg(const std::vector<EpochRecord>& history);

}  // namespace seg
