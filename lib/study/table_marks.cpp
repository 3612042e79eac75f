#include "study/table_marks.h"

#include <algorithm>
#include <cmath>

namespace seg {

void mark_best(TableRow& row, Better better, int decimals) {
  double most = 0, best = std::numeric_limits<double>::quiet_NaN();
  for (const TableFigure& f : row.figures)
    if (!std::isnan(f.mean)) most = std::max(most, f.regions);
  const auto shown = [&](const TableFigure& f) { return rounded_to(f.mean, decimals); };
  const auto beats = [&](double a, double b) { return better == Better::higher ? a > b : a < b; };
  std::int64_t with_figure = 0;
  for (const TableFigure& f : row.figures) {
    if (std::isnan(f.mean)) continue;
    ++with_figure;
    if (f.regions < most) continue;
    if (std::isnan(best) || beats(shown(f), best)) best = shown(f);
  }
  if (with_figure < 2 || (better == Better::higher && best == 0)) return;
  for (TableFigure& f : row.figures) {
    if (std::isnan(f.mean)) continue;
    f.bold = f.regions >= most && shown(f) == best;
    f.underlined = f.regions < most && beats(shown(f), best);
  }
}

}  // namespace seg
