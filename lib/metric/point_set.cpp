#include "metric/point_set.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr std::size_t kFewPoints = 8;  // are not halved any more

// Sums of weights are rounded: what misses a share by no more has reached it.
constexpr double kRounding = 1e-12;

inline double square_of(std::int32_t d, std::int32_t h, std::int32_t w,
                        const Dhw<double>& spacing) {
  const double x = d * spacing[0], y = h * spacing[1], z = w * spacing[2];
  return x * x + y * y + z * z;
}

inline double square_to(const GridPoint& from, const GridPoint& point, const Dhw<double>& spacing) {
  return square_of(from[0] - point[0], from[1] - point[1], from[2] - point[2], spacing);
}

// Voxels along an axis from a place to an interval, 0 inside.
inline std::int32_t gap(std::int32_t from, std::int32_t low, std::int32_t high) {
  return std::max(0, std::max(low - from, from - high));
}

// Rounded as square_to is, so that it is never above that of a point inside.
inline double square_to_box(const GridPoint& from, const GridPoint& low, const GridPoint& high,
                            const Dhw<double>& spacing) {
  return square_of(gap(from[0], low[0], high[0]), gap(from[1], low[1], high[1]),
                   gap(from[2], low[2], high[2]), spacing);
}

// The smallest value up to which, `before` included, the weight is reached.
template <class Items, class ValueOf>
double value_at(Items& items, double before, double wanted, const ValueOf& value_of) {
  std::sort(items.begin(), items.end(),
            [&](const auto& x, const auto& y) { return value_of(x) < value_of(y); });
  for (const auto& item : items) {
    before += item.weight;
    if (before >= wanted) return value_of(item);
  }
  return value_of(items.back());
}

}  // namespace

PointSet::PointSet(const std::vector<GridPoint>& points, const std::vector<double>& weights,
                   const Dhw<double>& spacing)
    : spacing_(spacing) {
  points_.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i)
    points_.push_back({points[i], weights.empty() ? 1 : weights[i]});
  nodes_.reserve(4 * points_.size() / kFewPoints + 1);
  if (!points_.empty()) build(0, points_.size());
}

std::size_t PointSet::build(std::size_t begin, std::size_t end) {
  const std::size_t index = nodes_.size();
  Node node{points_[begin].place, points_[begin].place, begin, end, 0, 0};
  for (std::size_t i = begin; i < end; ++i) {
    node.weight += points_[i].weight;
    for (std::size_t a = 0; a < 3; ++a) {
      node.low[a] = std::min(node.low[a], points_[i].place[a]);
      node.high[a] = std::max(node.high[a], points_[i].place[a]);
    }
  }
  nodes_.push_back(node);
  if (end - begin <= kFewPoints) return index;
  std::size_t widest = 0;
  const auto width = [&](std::size_t a) { return (node.high[a] - node.low[a]) * spacing_[a]; };
  for (const std::size_t a : {1, 2})
    if (width(a) > width(widest)) widest = a;
  const std::size_t middle = begin + (end - begin) / 2;
  const auto at = [&](std::size_t i) { return points_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(at(begin), at(middle), at(end),
                   [widest](const WeighedPoint& x, const WeighedPoint& y) {
                     return x.place[widest] < y.place[widest];
                   });
  build(begin, middle);
  const std::size_t right = build(middle, end);
  nodes_[index].right = right;
  return index;
}

void PointSet::search(const GridPoint& from, std::size_t index, Nearest& nearest) const {
  const Node& node = nodes_[index];
  if (node.right == 0) {
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const double square = square_to(from, points_[i].place, spacing_);
      if (square < nearest.square) nearest = {square, i};
    }
    return;
  }
  std::size_t near = index + 1, far = node.right;
  double to_near = square_to_box(from, nodes_[near].low, nodes_[near].high, spacing_);
  double to_far = square_to_box(from, nodes_[far].low, nodes_[far].high, spacing_);
  if (to_far < to_near) {
    std::swap(near, far);
    std::swap(to_near, to_far);
  }
  if (to_near < nearest.square) search(from, near, nearest);
  if (to_far < nearest.square) search(from, far, nearest);
}

// Begins at point `near`, and leaves the nearest there: places follow each other mostly.
double PointSet::distance_from_near(const GridPoint& from, std::size_t& near) const {
  Nearest nearest{square_to(from, points_[near].place, spacing_), near};
  search(from, 0, nearest);
  near = nearest.point;
  return std::sqrt(nearest.square);
}

double PointSet::distance(const GridPoint& from) const {
  std::size_t near = 0;
  return empty() ? std::numeric_limits<double>::infinity() : distance_from_near(from, near);
}

// A point's distance differs from that of the box's middle by no more than it is away from there.
PointSet::Bounds PointSet::bounds_of(std::size_t index, const PointSet& other,
                                     std::size_t& near) const {
  const Node& node = nodes_[index];
  GridPoint middle;
  double square = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    middle[a] = node.low[a] + (node.high[a] - node.low[a]) / 2;
    const double along = (node.high[a] - middle[a]) * spacing_[a];  // the longer half
    square += along * along;
  }
  const double distance = other.distance_from_near(middle, near);
  const double radius = std::sqrt(square) + 1e-9 * (1 + distance);  // rounding
  return {std::max(0.0, distance - radius), distance + radius, node.weight, index};
}

void PointSet::refine(const Bounds& coarse, const PointSet& other, std::size_t& near,
                      std::vector<Bounds>& finer) const {
  const Node& node = nodes_[coarse.node];
  if (node.right != 0) {
    finer.push_back(bounds_of(coarse.node + 1, other, near));
    finer.push_back(bounds_of(node.right, other, near));
    return;
  }
  for (std::size_t i = node.begin; i < node.end; ++i) {
    const double distance = other.distance_from_near(points_[i].place, near);
    finer.push_back({distance, distance, points_[i].weight, kExact});
  }
}

double PointSet::quantile_of_distances(const PointSet& other, double share) const {
  const double wanted = (share - kRounding) * weight();
  std::size_t near = 0;
  double below = 0;  // weight of what is nearer than the quantile for certain
  std::vector<Bounds> open = {bounds_of(0, other, near)}, finer;
  for (;;) {
    const double most = value_at(open, below, wanted, [](const Bounds& b) { return b.high; });
    const double least = value_at(open, below, wanted, [](const Bounds& b) { return b.low; });
    finer.clear();
    bool exact = true;
    double nearer = 0;
    for (const Bounds& b : open) {
      if (b.high < least) {
        nearer += b.weight;
      } else if (b.low <= most) {
        exact = exact && b.node == kExact;
        if (b.node == kExact)
          finer.push_back(b);
        else
          refine(b, other, near, finer);
      }
    }
    if (exact) return least;
    below += nearer;
    open.swap(finer);
  }
}

double PointSet::weight_within(const PointSet& other, double tolerance) const {
  if (empty() || other.empty()) return 0;
  std::size_t near = 0;
  double within = 0;
  std::vector<Bounds> open = {bounds_of(0, other, near)};
  while (!open.empty()) {
    const Bounds b = open.back();
    open.pop_back();
    if (b.high <= tolerance)
      within += b.weight;
    else if (b.low <= tolerance)
      refine(b, other, near, open);
  }
  return within;
}

}  // namespace seg
