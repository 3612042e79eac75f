#include "study/table_layout.h"

#include <algorithm>
#include <set>

namespace seg {
namespace {

std::size_t index_of(const Grid& grid, const std::string& axis) {
  return static_cast<std::size_t>(&grid.axis(axis) - grid.axes.list.data());
}

template <class T>
std::size_t place_of(const std::vector<T>& list, const T& wanted) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), wanted) - list.begin());
}

std::size_t value_of_name(const Axis& axis, const std::string& name) {
  std::size_t at = 0;
  while (axis.values[at].name != name) ++at;
  return at;
}

}  // namespace

TableLayout::TableLayout(const Grid& grid) {
  const std::vector<Cell> cells = cells_of(grid, 1);
  if (!grid.rows.empty()) rows_ = index_of(grid, grid.rows);
  for (const std::string& axis : grid.columns) over_.push_back(index_of(grid, axis));
  std::set<std::size_t> blocks;
  std::set<Values> columns;
  for (const Cell& cell : cells) {
    blocks.insert(rows_ ? cell.at[*rows_] : 0);
    columns.insert(column_values(cell));
  }
  blocks_.assign(blocks.begin(), blocks.end());
  columns_.assign(columns.begin(), columns.end());
  for (const std::size_t block : blocks_) {
    block_titles.push_back(rows_ ? grid.axes.list[*rows_].values[block].title : "");
    regions.push_back(rows_ ? grid.axes.list[*rows_].values[block].regions : Pairs());
  }
  for (const Values& values : columns_) {
    column_titles.emplace_back();
    for (std::size_t i = 0; i < over_.size(); ++i)
      column_titles.back().push_back(grid.axes.list[over_[i]].values[values[i]].title);
  }
  find_baselines(grid);
  find_titles(grid, cells);
}

void TableLayout::find_baselines(const Grid& grid) {
  baseline.assign(columns_.size(), std::nullopt);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    Values wanted = columns_[c];
    for (const auto& [name, value] : grid.baseline)
      wanted[place_of(over_, index_of(grid, name))] = value_of_name(grid.axis(name), value);
    const std::size_t found = place_of(columns_, wanted);
    if (found < columns_.size() && found != c) baseline[c] = found;
  }
}

void TableLayout::find_titles(const Grid& grid, const std::vector<Cell>& cells) {
  std::vector<std::set<std::size_t>> used(grid.axes.list.size());
  titles.assign(blocks_.size(), std::vector<PlaceTitles>(columns_.size()));
  for (const Cell& cell : cells) {
    PlaceTitles& place = titles[block_of(cell)][column_of(cell)];
    const bool first = place.empty();
    pools = pools || !first;
    place.resize(cell.at.size());
    for (std::size_t axis = 0; axis < cell.at.size(); ++axis) {
      const AxisValue& value = grid.axes.list[axis].values[cell.at[axis]];
      const std::string& title = value.published.empty() ? value.title : value.published;
      used[axis].insert(cell.at[axis]);
      place[axis] = first || place[axis] == title ? title : "";
    }
  }
  for (std::size_t axis = 0; axis < used.size(); ++axis) {
    if (used[axis].size() < 2 || rows_ == axis || place_of(over_, axis) < over_.size()) continue;
    pooled_.push_back(axis);
    names_.emplace_back();
    for (const AxisValue& v : grid.axes.list[axis].values) names_.back().push_back(v.name);
  }
}

TableLayout::Values TableLayout::column_values(const Cell& cell) const {
  Values values;
  for (const std::size_t axis : over_) values.push_back(cell.at[axis]);
  return values;
}

std::size_t TableLayout::block_of(const Cell& cell) const {
  return rows_ ? place_of(blocks_, cell.at[*rows_]) : 0;
}

std::size_t TableLayout::column_of(const Cell& cell) const {
  return place_of(columns_, column_values(cell));
}

std::string TableLayout::pooled_name(const Cell& cell) const {
  std::string name;
  for (std::size_t i = 0; i < pooled_.size(); ++i)
    name += (i == 0 ? "" : "_") + names_[i][cell.at[pooled_[i]]];
  return name;
}

}  // namespace seg
