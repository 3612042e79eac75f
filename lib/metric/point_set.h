#pragma once
// Distances between two sets of points on a grid, exact in double precision. Memory grows with the
// points and not with the space between them, and what is asked of a set's distances as a whole is
// answered without most of them.
#include "core/axes.h"

#include <cstdint>
#include <vector>

namespace seg {

using GridPoint = Dhw<std::int32_t>;

// A k-d tree over points of some weight.
class PointSet {
 public:
  PointSet() = default;
  // spacing: mm. No weights: 1 each.
  PointSet(const std::vector<GridPoint>& points, const std::vector<double>& weights,
           const Dhw<double>& spacing);

  bool empty() const { return points_.empty(); }
  double weight() const { return empty() ? 0 : nodes_[0].weight; }

  // mm to the nearest point; +inf where there is none.
  double distance(const GridPoint& from) const;

  // Of the points sorted by (distance to `other`, weight) the distance of the first at which
  // `share` of the weight is reached, no interpolation. Neither set is empty.
  double quantile_of_distances(const PointSet& other, double share) const;

  // Weight of the points that are no farther than `tolerance` (mm) from `other`.
  double weight_within(const PointSet& other, double tolerance) const;

 private:
  struct Node {
    GridPoint low, high;     // of its points, both inside
    std::size_t begin, end;  // its points
    std::size_t right;       // of its two halves the second; the first follows it; 0: no halves
    double weight;
  };
  struct WeighedPoint {
    GridPoint place;
    double weight;
  };
  struct Nearest {
    double square;
    std::size_t point;
  };
  // What is known of the distances of some points: those of a node, or one point.
  struct Bounds {
    double low, high, weight;
    std::size_t node;  // kExact: of one point, low = high
  };
  static constexpr std::size_t kExact = static_cast<std::size_t>(-1);

  std::size_t build(std::size_t begin, std::size_t end);
  void search(const GridPoint& from, std::size_t node, Nearest& nearest) const;
  Bounds bounds_of(std::size_t node, const PointSet& other, std::size_t& near) const;
  void refine(const Bounds& coarse, const PointSet& other, std::size_t& near,
              std::vector<Bounds>& finer) const;
  double distance_from_near(const GridPoint& from, std::size_t& near) const;

  std::vector<WeighedPoint> points_;
  Dhw<double> spacing_{};
  std::vector<Node> nodes_;
};

}  // namespace seg
