#pragma once
// Distances between two sets of points on a grid, exact in double precision and in memory that
// grows with the points and not with the space between them.
#include "core/axes.h"

#include <cstdint>
#include <vector>

namespace seg {

using GridPoint = Dhw<std::int32_t>;

// A k-d tree over the points.
class NearestPoint {
 public:
  NearestPoint(std::vector<GridPoint> points, const Dhw<double>& spacing);  // mm

  // From each point to the nearest of the tree, in mm; +inf where the tree is empty.
  std::vector<double> distances(const std::vector<GridPoint>& from) const;

 private:
  struct Node {
    GridPoint low, high;     // of its points, both inside
    std::size_t begin, end;  // its points
    std::size_t right;       // of its two halves the second; the first follows it; 0: no halves
  };
  struct Nearest {
    double square;
    std::size_t point;
  };

  std::size_t build(std::size_t begin, std::size_t end);
  double square_to(const GridPoint& from, const GridPoint& point) const;
  double square_to_box(const GridPoint& from, const Node& node) const;
  void search(const GridPoint& from, std::size_t node, Nearest& nearest) const;

  std::vector<GridPoint> points_;
  Dhw<double> spacing_;
  std::vector<Node> nodes_;
};

}  // namespace seg
