#include "study/cell.h"

#include "core/error.h"

#include <algorithm>

namespace seg {
namespace {

// Keys that say where things are and how many threads work, which no result depends on.
bool is_place(const std::string& key) {
  const char* places[] = {"data.root", "prep.cache", "device", "threads"};
  return std::find(std::begin(places), std::end(places), key) != std::end(places);
}

bool covers(const std::string& key, const std::string& other) {
  return other == key || other.starts_with(key + ".");
}

// An override of a key that an axis sets would make its values one under several names.
void check_axes_keep(const Grid& grid, const std::string& override_text) {
  const std::string key = override_text.substr(0, override_text.find('='));
  if (is_place(key)) return;
  for (const Axis& axis : grid.axes.list)
    for (const AxisValue& v : axis.values)
      for (const auto& [own, value] : v.set.list)
        if (covers(key, own) || covers(own, key))
          fail_config("--set {}: the axis '{}' sets {}; choose among its cells instead",
                      override_text, axis.name, own);
}

bool fits(const Grid& grid, const Groups& groups, const std::vector<std::size_t>& at) {
  for (const auto& [name, values] : groups)
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Axis& axis = grid.axes.list[i];
      const std::string& value = axis.values[at[i]].name;
      if (axis.name == name && std::find(values.begin(), values.end(), value) == values.end())
        return false;
    }
  return true;
}

bool is_cell(const Grid& grid, const std::vector<std::size_t>& at) {
  const std::vector<Groups>& list = grid.cells.list;
  return list.empty() || std::any_of(list.begin(), list.end(),
                                     [&](const Groups& groups) { return fits(grid, groups, at); });
}

// What a cell says itself would be lost without a word.
void check_overrides(const Grid& grid, const Cell& cell) {
  for (const std::string& o : cell.overrides) {
    if (o.starts_with("training.seed="))
      fail_config("{}: training.seed is each cell's own; leave it out, and say seeds",
                  grid.file.string());
    if (o.starts_with("output="))
      fail_config("{}: output is each cell's own; leave it out, and say runs", grid.file.string());
  }
}

Cell cell_at(const Grid& grid, const std::vector<std::size_t>& at, std::int64_t seed,
             const std::vector<std::string>& overrides) {
  Cell cell{.at = at, .seed = seed, .config = grid.config};
  for (const auto& [key, value] : grid.set.list) cell.overrides.push_back(key + "=" + value);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const AxisValue& v = grid.axes.list[i].values[at[i]];
    cell.name += v.name + "_";
    if (!v.config.empty()) cell.config = v.config;
    for (const auto& [key, value] : v.set.list) cell.overrides.push_back(key + "=" + value);
  }
  cell.name += fmt::format("seed{}", seed);
  cell.overrides.insert(cell.overrides.end(), overrides.begin(), overrides.end());
  check_overrides(grid, cell);
  cell.overrides.push_back(fmt::format("training.seed={}", seed));
  return cell;
}

// The next combination of values, the last axis fastest; false after the last.
bool advance(const Axes& axes, std::vector<std::size_t>& at) {
  for (std::size_t i = at.size(); i-- > 0;) {
    if (++at[i] < axes.list[i].values.size()) return true;
    at[i] = 0;
  }
  return false;
}

}  // namespace

std::vector<Cell> cells_of(const Grid& grid, std::int64_t seeds,
                           const std::vector<std::string>& overrides) {
  for (const std::string& o : overrides) check_axes_keep(grid, o);
  std::vector<Cell> cells;
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    std::vector<std::size_t> at(grid.axes.list.size(), 0);
    do
      if (is_cell(grid, at)) cells.push_back(cell_at(grid, at, seed, overrides));
    while (advance(grid.axes, at));
  }
  return cells;
}

Config config_of(const Grid& grid, const Cell& cell) {
  try {
    return load_config(cell.config, cell.overrides);
  } catch (const Error& e) {
    throw Error(e.kind(), fmt::format("{}, {}: {}", grid.file.string(), cell.name, e.what()));
  }
}

std::vector<std::string> places_of(const Cell& cell) {
  std::vector<std::string> places;
  for (const std::string& o : cell.overrides)
    if (is_place(o.substr(0, o.find('=')))) places.push_back(o);
  return places;
}

}  // namespace seg
