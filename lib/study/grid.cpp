#include "study/grid.h"

#include "core/error.h"
#include "study/cell.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

const AxisValue* value_named(const Axis& axis, const std::string& name) {
  const auto found = std::find_if(axis.values.begin(), axis.values.end(),
                                  [&](const AxisValue& v) { return v.name == name; });
  return found == axis.values.end() ? nullptr : &*found;
}

const Axis* axis_named(const Grid& grid, const std::string& name) {
  const auto found = std::find_if(grid.axes.list.begin(), grid.axes.list.end(),
                                  [&](const Axis& a) { return a.name == name; });
  return found == grid.axes.list.end() ? nullptr : &*found;
}

const Axis& required_axis(const Grid& grid, const std::string& key, const std::string& name) {
  if (const Axis* axis = axis_named(grid, name)) return *axis;
  fail_config("{}: {} names '{}', which is no axis; name one of its axes", grid.file.string(), key,
              name);
}

// A file that the grid names lies beside it.
std::string beside(const Grid& grid, const std::string& name) {
  const fs::path here = grid.file.parent_path() / name;
  return fs::exists(here) ? here.lexically_normal().string() : name;
}

// Or, where it is a configuration, in configs/.
std::string config_file(const Grid& grid, const std::string& name) {
  if (name.empty()) return name;
  return find_config(beside(grid, name), grid.file.string() + ": config ").string();
}

void check_columns(const Grid& grid) {
  std::set<std::string> used;
  if (!grid.rows.empty()) used.insert(required_axis(grid, "rows", grid.rows).name);
  for (const std::string& column : grid.columns)
    if (!used.insert(required_axis(grid, "columns", column).name).second)
      fail_config("{}: the axis '{}' stands twice in rows and columns; leave it out once",
                  grid.file.string(), column);
  for (const auto& [name, value] : grid.baseline) {
    const Axis& axis = required_axis(grid, "baseline", name);
    if (std::find(grid.columns.begin(), grid.columns.end(), name) == grid.columns.end())
      fail_config("{}: baseline names '{}', which is no axis of the columns", grid.file.string(),
                  name);
    if (!value_named(axis, value))
      fail_config("{}: baseline names '{}', which is no value of the axis '{}'", grid.file.string(),
                  value, name);
  }
}

void check_configs(Grid& grid) {
  grid.config = config_file(grid, grid.config);
  if (!grid.published.empty()) grid.published.text = beside(grid, grid.published.text);
  std::size_t with_config = 0;
  for (Axis& axis : grid.axes.list) {
    for (AxisValue& v : axis.values) v.config = config_file(grid, v.config);
    const auto own = std::count_if(axis.values.begin(), axis.values.end(),
                                   [](const AxisValue& v) { return !v.config.empty(); });
    with_config += own > 0;
    if (own > 0 && own < static_cast<std::ptrdiff_t>(axis.values.size()) && grid.config.empty())
      fail_config("{}: not every value of the axis '{}' has a config; add them, or the grid's own",
                  grid.file.string(), axis.name);
  }
  if (with_config > 1)
    fail_config("{}: two axes have a config, of which a cell can start from one; use set in one",
                grid.file.string());
  if (with_config == 0 && grid.config.empty())
    fail_config("{}: says no config to start from; add config: FILE", grid.file.string());
}

void check_cells(const Grid& grid) {
  for (const Groups& groups : grid.cells.list)
    for (const auto& [name, values] : groups) {
      const Axis& axis = required_axis(grid, "cells", name);
      for (const std::string& value : values)
        if (!value_named(axis, value))
          fail_config("{}: cells names '{}', which is no value of the axis '{}'",
                      grid.file.string(), value, name);
    }
}

}  // namespace

void AxisValue::describe(Fields& fields) {
  fields.add("title", title, Affects::result, "What tables call it.");
  fields.add("published", published, Affects::result,
             "What the published figures call it, where that is not the title.");
  fields.add("config", config, Affects::result, "The configuration that its cells start from.");
  fields.add("set", set, Affects::result, "Keys of the configuration, as --set takes them.");
  fields.add("regions", regions, Affects::result,
             "The rows of the table in their order: a region and how it is shown.");
}

void Grid::describe(Fields& fields) {
  fields.add("title", title, Affects::result, "What the table is called.");
  fields.add("caption", caption, Affects::result, "What else stands in its caption.");
  fields.add("runs", runs, Affects::result,
             "The folder of the run folders; grids that share it share cells. Empty: runs/ and the "
             "file's name.");
  fields.add("config", config, Affects::result,
             "The configuration that all cells start from: a file beside the grid's, or of "
             "configs/.");
  fields.add("set", set, Affects::result,
             "Keys of the configuration for all cells: {training.epochs: 20}.");
  fields.add(
      "axes", axes, Affects::result,
      "Axis -> value -> title, published, config, set, regions. Every combination is a cell.");
  fields.add("cells", cells, Affects::result,
             "Maps from axes to lists of values: the combinations that fit one of them are cells, "
             "no others. Empty: all.");
  fields.add("rows", rows, Affects::result,
             "The axis whose values are the blocks of rows, each with its regions. Empty: one "
             "block.");
  fields.add("columns", columns, Affects::result,
             "The axes whose combinations are columns, the slowest first. The cases of an axis "
             "that is in neither rows nor columns are pooled, as of the folds of a "
             "cross-validation.");
  fields.add("baseline", baseline, Affects::result,
             "Axis -> value: each column is compared with the one that has this value and is else "
             "the same. Empty: with none.");
  fields.add("seeds", seeds, Affects::result, "How often each cell is trained, by seeds from 0.",
             within(1, 1000));
  fields.add("published", published, Affects::result,
             "A CSV of published figures: columns named as axes hold titles; organ and dsc; "
             "is_average 1 for an average.");
  fields.add("published_table", published_table, Affects::result,
             "The rows of `published` whose column `table` says this. Empty: all.");
}

const Axis& Grid::axis(const std::string& name) const { return required_axis(*this, "axis", name); }

Grid read_grid(const std::string& name) {
  Grid grid;
  grid.file = find_config(name, "");
  Fields fields;
  grid.describe(fields);
  read_fields(grid.file, std::move(fields));
  if (grid.axes.list.empty())
    fail_config("{}: has no axes; add axes: with at least one", grid.file.string());
  check_configs(grid);
  check_columns(grid);
  check_cells(grid);
  if (grid.title.empty()) grid.title = grid.file.stem().string();
  if (grid.runs.empty()) grid.runs.text = "runs/" + grid.file.stem().string();
  if (cells_of(grid, 1).empty())
    fail_config("{}: no combination of values fits cells; correct it", grid.file.string());
  return grid;
}

std::string grid_reference() {
  std::string page = "| key | type | meaning |\n|---|---|---|\n";
  Grid grid;
  AxisValue value;
  Fields fields, of_value;
  grid.describe(fields);
  value.describe(of_value);
  for (const Field& f : fields.list())
    page += fmt::format("| `{}` | {} | {} |\n", f.key, f.type, f.meaning);
  for (const Field& f : of_value.list())
    page += fmt::format("| `axes.AXIS.VALUE.{}` | {} | {} |\n", f.key, f.type, f.meaning);
  return page;
}

}  // namespace seg
