#include "study/table_marks.h"

#include <algorithm>
#include <cmath>

namespace seg {

void mark_best(TableRow& row, Better better, int decimals) {
  double most = 0, least = std::numeric_limits<double>::infinity(),
         best = std::numeric_limits<double>::quiet_NaN();
  for (const TableFigure& f : row.figures)
    if (!std::isnan(f.mean)) {
      most = std::max(most, f.regions);
      least = std::min(least, f.lost);
    }
  const auto eligible = [&](const TableFigure& f) { return f.regions >= most && f.lost <= least; };
  const auto shown = [&](const TableFigure& f) { return rounded_to(f.mean, decimals); };
  const auto beats = [&](double a, double b) { return better == Better::higher ? a > b : a < b; };
  std::int64_t with_figure = 0;
  for (const TableFigure& f : row.figures) {
    if (std::isnan(f.mean)) continue;
    ++with_figure;
    if (!eligible(f)) continue;
    if (std::isnan(best) || beats(shown(f), best)) best = shown(f);
  }
  if (with_figure < 2 || (better == Better::higher && best == 0)) return;
  for (TableFigure& f : row.figures) {
    if (std::isnan(f.mean)) continue;
    f.bold = eligible(f) && shown(f) == best;
    f.underlined = !eligible(f) && beats(shown(f), best);
  }
}

}  // namespace seg
