#pragma once
// A grid of trainings: axes over any keys of the configuration, and how their results stand in a
// table. configs/paper/ holds those of the paper; one's own is written the same way.
#include "config/fields.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace seg {

// Keys of the configuration with their values as YAML, as --set takes them: {loss.name, CWCD}.
struct Settings {
  std::vector<std::pair<std::string, std::string>> list;
};
void read_value(const YAML::Node& node, const Rule& rule, Settings& value);
void write_value(YAML::Node& out, const Settings& value);
std::string type_name(const Settings&);

// One choice of an axis: "CWCD" of the losses.
struct AxisValue {
  std::string name;       // in the names of run folders: letters, digits, '-', '.', '+', '='
  std::string title;      // in tables; the name where the file says none
  std::string published;  // what published figures call it; empty: the title
  std::string config;     // the configuration that its cells start from; empty: the grid's
  Settings set;
  Pairs regions;  // the rows of the table, in order: a region's name and how it is shown. Empty:
                  // the regions of the results
  void describe(Fields& fields);
};

struct Axis {
  std::string name;
  std::vector<AxisValue> values;
};
struct Axes {
  std::vector<Axis> list;
};
void read_value(const YAML::Node& node, const Rule& rule, Axes& value);
void write_value(YAML::Node& out, const Axes& value);
std::string type_name(const Axes&);

// Which combinations are cells: those that fit one of the list, each of which names for some axes
// the values that fit. An empty list: all.
struct Selection {
  std::vector<Groups> list;
};
void read_value(const YAML::Node& node, const Rule& rule, Selection& value);
void write_value(YAML::Node& out, const Selection& value);
std::string type_name(const Selection&);

struct Grid {
  std::filesystem::path file;
  std::string title, caption;
  Path runs;
  std::string config;
  Settings set;
  Axes axes;
  Selection cells;
  std::string rows;                  // an axis, or empty
  std::vector<std::string> columns;  // axes, the slowest first
  Pairs baseline;                    // axis -> value
  std::int64_t seeds = 1;
  Path published;
  std::string published_table;

  void describe(Fields& fields);
  const Axis& axis(const std::string& name) const;  // one that there is
};

// `name` is a path, or a file in configs/. Throws Error(config): what a YAML file of a
// configuration may have wrong; an axis without values, two values of one name; rows, columns,
// cells and baseline that name no axis or value; no cell.
Grid read_grid(const std::string& name);

// Every key of a grid file with its meaning, as Markdown.
std::string grid_reference();

}  // namespace seg
