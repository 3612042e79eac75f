#pragma once
// The published figures that a grid's table shows beside its own.
#include "study/grid.h"
#include "study/table_layout.h"

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace seg {

class Published {
 public:
  Published() = default;  // none
  // Reads the rows of grid.published that are of grid.published_table. Its columns: one for each
  // axis that the figures tell apart, named as the axis and holding the titles of its values;
  // organ, the row as the table shows it; dsc, a number, '-' for 0 (a complete failure) or nothing
  // where the figure is not known; is_average, 1 for a column's average. Others are comments.
  // Throws Error(data) where the file is none of this or gives a figure twice, Error(config) where
  // it has no row of that table.
  explicit Published(const Grid& grid);

  bool empty() const { return figures_.empty(); }
  // NaN where it is not known.
  double of_row(const PlaceTitles& place, const std::string& shown) const;
  double average(const PlaceTitles& place) const;
  // Those that nobody asked for: "AMOS / U-Net / CEDL / Sp". A name misspelt in file or grid.
  std::vector<std::string> unused() const;

 private:
  // What stands where: a title for each axis that is a column, the row (empty: the average).
  using Key = std::vector<std::string>;
  double find(const PlaceTitles& place, const std::string& row) const;

  std::vector<std::size_t> axes_;
  std::map<Key, double> figures_;
  mutable std::set<Key> used_;
};

}  // namespace seg
