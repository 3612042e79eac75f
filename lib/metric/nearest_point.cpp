#include "metric/nearest_point.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr std::size_t kFewPoints = 8;  // are not halved any more

}  // namespace

NearestPoint::NearestPoint(std::vector<GridPoint> points, const Dhw<double>& spacing)
    : points_(std::move(points)), spacing_(spacing) {
  nodes_.reserve(4 * points_.size() / kFewPoints + 1);
  if (!points_.empty()) build(0, points_.size());
}

std::size_t NearestPoint::build(std::size_t begin, std::size_t end) {
  const std::size_t index = nodes_.size();
  Node node{points_[begin], points_[begin], begin, end, 0};
  for (std::size_t i = begin; i < end; ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      node.low[a] = std::min(node.low[a], points_[i][a]);
      node.high[a] = std::max(node.high[a], points_[i][a]);
    }
  nodes_.push_back(node);
  if (end - begin <= kFewPoints) return index;
  std::size_t widest = 0;
  const auto width = [&](std::size_t a) { return (node.high[a] - node.low[a]) * spacing_[a]; };
  for (const std::size_t a : {1, 2})
    if (width(a) > width(widest)) widest = a;
  const std::size_t middle = begin + (end - begin) / 2;
  const auto at = [&](std::size_t i) { return points_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::nth_element(
      at(begin), at(middle), at(end),
      [widest](const GridPoint& x, const GridPoint& y) { return x[widest] < y[widest]; });
  build(begin, middle);
  nodes_[index].right = build(middle, end);
  return index;
}

double NearestPoint::square_to(const GridPoint& from, const GridPoint& point) const {
  double sum = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const double along = (from[a] - point[a]) * spacing_[a];
    sum += along * along;
  }
  return sum;
}

// Rounded as square_to is, so that it is never above that of a point inside.
double NearestPoint::square_to_box(const GridPoint& from, const Node& node) const {
  double sum = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const double along = std::max({node.low[a] - from[a], 0, from[a] - node.high[a]}) * spacing_[a];
    sum += along * along;
  }
  return sum;
}

void NearestPoint::search(const GridPoint& from, std::size_t index, Nearest& nearest) const {
  const Node& node = nodes_[index];
  if (node.right == 0) {
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const double square = square_to(from, points_[i]);
      if (square < nearest.square) nearest = {square, i};
    }
    return;
  }
  std::size_t near = index + 1, far = node.right;
  double to_near = square_to_box(from, nodes_[near]), to_far = square_to_box(from, nodes_[far]);
  if (to_far < to_near) {
    std::swap(near, far);
    std::swap(to_near, to_far);
  }
  if (to_near < nearest.square) search(from, near, nearest);
  if (to_far < nearest.square) search(from, far, nearest);
}

std::vector<double> NearestPoint::distances(const std::vector<GridPoint>& from) const {
  std::vector<double> result(from.size(), std::numeric_limits<double>::infinity());
  if (points_.empty()) return result;
  Nearest nearest{0, 0};
  for (std::size_t i = 0; i < from.size(); ++i) {
    // Points stand beside each other mostly: what was nearest to the one before is near.
    nearest.square = square_to(from[i], points_[nearest.point]);
    search(from[i], 0, nearest);
    result[i] = std::sqrt(nearest.square);
  }
  return result;
}

}  // namespace seg
