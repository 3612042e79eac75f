#include "study/figure_of_grid.h"

#include "core/error.h"
#include "core/log.h"
#include "data/comma_list.h"
#include "study/figure_qualitative.h"

#include <algorithm>
#include <charconv>

namespace seg {
namespace {

bool is_column(const Grid& grid, const std::string& axis) {
  return std::find(grid.columns.begin(), grid.columns.end(), axis) != grid.columns.end();
}

// The value of the rows' axis to draw.
std::string block_of(const Grid& grid, const std::string& block) {
  if (grid.rows.empty()) {
    if (block.empty()) return "";
    fail_config("--block {}: the grid has no rows:; leave --block out", block);
  }
  std::vector<std::string> known;
  const Axis& axis = grid.axis(grid.rows);
  for (const AxisValue& v : axis.values) {
    if (v.name == block || (block.empty() && axis.values.size() == 1)) return v.name;
    known.push_back(v.name);
  }
  if (block.empty()) fail_config("--block is missing: name one of {}", comma_list(known));
  fail_config("--block {}: is none of {}; name one of them", block, comma_list(known));
}

// Whether the figure is of this cell, as far as its axes say; what differs among those is in
// `title`.
bool belongs(const Grid& grid, const Cell& cell, const std::string& block, std::string& title) {
  for (std::size_t i = 0; i < cell.at.size(); ++i) {
    const Axis& axis = grid.axes.list[i];
    const AxisValue& value = axis.values[cell.at[i]];
    if (axis.name == grid.rows && value.name != block) return false;
    if (is_column(grid, axis.name)) title += (title.empty() ? "" : " ") + value.title;
  }
  return true;
}

QualitativeRow row_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text};
  std::int64_t slice = 0;
  const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(begin, end, slice);
  if (error != std::errc() || rest != end)
    fail_config("--case {}: what follows the colon must be the number of a slice", text);
  return {text.substr(0, colon), slice};
}

}  // namespace

void write_figure_of_grid(const Grid& grid, const GridFigure& figure,
                          const std::filesystem::path& stem) {
  const std::string block = block_of(grid, figure.block);
  GridRequest request = figure.request;
  request.seeds = 1;
  QualitativeRequest wanted;
  for (const Cell& cell : requested_cells(grid, request)) {
    std::string title;
    if (!belongs(grid, cell, block, title)) continue;
    const bool there = std::any_of(wanted.columns.begin(), wanted.columns.end(),
                                   [&](const auto& column) { return column.title == title; });
    if (there) continue;
    const CellStatus status = status_of(grid, cell, Space::original);
    if (status.state != CellState::done) {
      log::warn("{} is left out of the figure: it is not done", cell.name);
      continue;
    }
    wanted.columns.push_back({title, status.run});
    wanted.overrides = places_of(cell);
  }
  if (wanted.columns.empty())
    fail_config("{}: no cell{} is done; segtables run trains them", grid.file.string(),
                block.empty() ? "" : " of " + block);
  for (const std::string& text : figure.cases) wanted.rows.push_back(row_of(text));
  write_qualitative_figure(wanted, stem);
}

}  // namespace seg
