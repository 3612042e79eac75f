#include "distance/nearest_place.h"

#include "distance/plane_transform.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <vector>

namespace seg {
namespace {

constexpr double kNowhere = std::numeric_limits<double>::infinity();
constexpr std::int64_t kNearRows = 128;   // 6 voxels around
constexpr std::int64_t kNearPlaces = 32;  // to either side

// A row relative to that of a place.
struct NearRow {
  double squared;  // mm2
  std::int64_t words, d, h;
};

struct NearRows {
  std::vector<NearRow> rows;    // the nearest, in order
  double beyond;                // mm2: what is nearer lies in them, at most kNearPlaces to the side
  std::int64_t most_d, most_h;  // of all rows

  NearRows(const BitVolume& volume, const Dhw<double>& spacing) {
    // A disc of this radius has about kNearRows rows.
    const double radius = std::sqrt(kNearRows * spacing[0] * spacing[1] / 3.14159);
    const auto reach_d = static_cast<std::int64_t>(
        std::min(radius / spacing[0], static_cast<double>(volume.size()[0])));
    const auto reach_h = static_cast<std::int64_t>(
        std::min(radius / spacing[1], static_cast<double>(volume.size()[1])));
    beyond = std::min(square(radius), square(static_cast<double>(kNearPlaces) * spacing[2]));
    for (std::int64_t d = -reach_d; d <= reach_d; ++d)
      for (std::int64_t h = -reach_h; h <= reach_h; ++h) {
        const double squared = square(static_cast<double>(d) * spacing[0]) +
                               square(static_cast<double>(h) * spacing[1]);
        if (squared < beyond)
          rows.push_back({squared, (d * volume.size()[1] + h) * volume.stride(), d, h});
      }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const NearRow& a, const NearRow& b) { return a.squared < b.squared; });
    most_d = reach_d;
    most_h = reach_h;
  }
};

struct Place {
  std::int64_t d, h, w;
};

using FoundSquared = std::function<void(const Place& from, double mm2)>;

bool any_set(const std::uint64_t* row, std::int64_t words) {
  return std::any_of(row, row + words, [](std::uint64_t bits) { return bits != 0; });
}

// The place of a row that is set and nearest to w, or none (-1) where it is more than `most` away.
std::int64_t nearest_in_row(const std::uint64_t* row, std::int64_t words, std::int64_t w,
                            std::int64_t most) {
  const std::int64_t own = w / 64;
  const std::uint64_t from_here = ~std::uint64_t{0} << (w % 64);
  std::int64_t after = -1;
  for (std::int64_t k = own; k < words && k * 64 - w <= most; ++k) {
    const std::uint64_t bits = k == own ? row[k] & from_here : row[k];
    if (bits == 0) continue;
    after = k * 64 + std::countr_zero(bits);
    most = std::min(most, after - w);
    break;
  }
  for (std::int64_t k = own; k >= 0 && w - (k * 64 + 63) <= most; --k) {
    const std::uint64_t bits = k == own ? row[k] & ~from_here : row[k];
    if (bits == 0) continue;
    const std::int64_t before = k * 64 + 63 - std::countl_zero(bits);
    return w - before <= most ? before : after;
  }
  return after;
}

// Calls visit(place) for begin .. end - 1, the nearest to `centre` first, until it returns false
// for a step; of two alike the lower one comes first.
template <class Visit>
void outward(std::int64_t centre, std::int64_t begin, std::int64_t end, const Visit& visit) {
  for (std::int64_t step = std::max({begin - centre, centre - end + 1, std::int64_t{0}});; ++step) {
    const bool before = centre - step >= begin && centre - step<end, after = step> 0 &&
                        centre + step >= begin && centre + step < end;
    if (!before && !after) return;
    if (before && !visit(centre - step)) return;
    if (after && !visit(centre + step)) return;
  }
}

// Looks at the rows around a place, nearest first, as long as one may hold a nearer place than the
// nearest so far. Along surfaces that lie close to each other that is a few rows.
class Search {
 public:
  Search(const BitVolume& to, const Dhw<double>& spacing, double reach)
      : to_(to), spacing_(spacing), reach_(square(reach)), near_(to, spacing) {
    // A place in reach may lie a rounding beyond its square.
    if (reach_ < kNowhere) reach_ *= 1 + 1e-12;
    find_box();
  }

  bool empty() const { return begin_d_ == end_d_; }
  std::int64_t rows_looked_at() const { return looked_at_; }

  // mm2; more than the reach where nothing is in it.
  double nearest(const Place& from) {
    if (too_far_for_near(from)) return nearest_far(from);
    const double near = nearest_near(from);
    return std::min(near, reach_) <= near_.beyond ? near : nearest_far(from);
  }

 private:
  void find_box() {
    const auto [depth, height] = std::array{to_.size()[0], to_.size()[1]};
    some_.resize(static_cast<std::size_t>(depth * height));
    begin_d_ = depth;
    begin_h_ = height;
    for (std::int64_t d = 0; d < depth; ++d)
      for (std::int64_t h = 0; h < height; ++h) {
        if (!any_set(to_.row(d, h), to_.words())) continue;
        some_[static_cast<std::size_t>(d * height + h)] = 1;
        begin_d_ = std::min(begin_d_, d);
        end_d_ = std::max(end_d_, d + 1);
        begin_h_ = std::min(begin_h_, h);
        end_h_ = std::max(end_h_, h + 1);
      }
    if (end_d_ == 0) begin_d_ = 0;
  }

  double mm2_between(const Place& a, const Place& b) const {
    return square(static_cast<double>(a.d - b.d) * spacing_[0]) +
           square(static_cast<double>(a.h - b.h) * spacing_[1]) +
           square(static_cast<double>(a.w - b.w) * spacing_[2]);
  }

  // By the last place that had nothing near: this one lies too close to it to have.
  bool too_far_for_near(const Place& from) const {
    return last_distance_ - std::sqrt(mm2_between(from, last_from_)) > std::sqrt(near_.beyond);
  }

  // Among the places of near_ that lie at most kNearPlaces to the side.
  double nearest_near(const Place& from) const {
    const auto [depth, height] = std::array{to_.size()[0], to_.size()[1]};
    const std::int64_t word = (from.w + 64 - kNearPlaces) / 64 - 1;
    const auto shift = static_cast<unsigned>((from.w + 64 - kNearPlaces) % 64);
    const std::uint64_t* start = to_.row(from.d, from.h) + word;
    const bool inside = from.d >= near_.most_d && from.d + near_.most_d < depth &&
                        from.h >= near_.most_h && from.h + near_.most_h < height;
    double best = kNowhere;
    for (const NearRow& row : near_.rows) {
      if (row.squared >= best || row.squared > reach_) break;
      if (!inside && (from.d + row.d < 0 || from.d + row.d >= depth || from.h + row.h < 0 ||
                      from.h + row.h >= height))
        continue;
      const std::uint64_t* bits = start + row.words;
      // Place w - 32 + i is bit i.
      const std::uint64_t around = bits[0] >> shift | bits[1] << 1 << (63 - shift);
      if (around == 0) continue;
      const int after = std::countr_zero(around >> kNearPlaces | std::uint64_t{1} << 63),
                before = 1 + std::countl_zero(around << kNearPlaces | std::uint64_t{1});
      const double places = std::min(after, before);
      best = std::min(best, row.squared + square(places * spacing_[2]));
    }
    return best;
  }

  // Among all places, plane by plane and row by row outwards. The place that was the nearest of the
  // last one is a good one to begin with.
  double nearest_far(const Place& from) {
    nearer(last_to_.d < 0 ? kNowhere : mm2_between(from, last_to_));
    if (reach_ < best_) nearer(std::nextafter(reach_, kNowhere));
    outward(from.d, begin_d_, end_d_, [&](std::int64_t d) {
      const double plane = square(static_cast<double>(d - from.d) * spacing_[0]);
      if (plane >= best_) return false;
      outward(from.h, begin_h_, end_h_, [&](std::int64_t h) {
        const double row = plane + square(static_cast<double>(h - from.h) * spacing_[1]);
        if (row >= best_) return false;
        look_at_row(from, d, h, row);
        return true;
      });
      return true;
    });
    last_from_ = from;
    last_distance_ = std::sqrt(best_);
    return best_;
  }

  void look_at_row(const Place& from, std::int64_t d, std::int64_t h, double squared) {
    ++looked_at_;
    if (!some_[static_cast<std::size_t>(d * to_.size()[1] + h)]) return;
    const std::int64_t w = nearest_in_row(to_.row(d, h), to_.words(), from.w, most_places_);
    if (w < 0) return;
    const double found = squared + square(static_cast<double>(w - from.w) * spacing_[2]);
    if (found >= best_) return;
    nearer(found);
    last_to_ = {d, h, w};
  }

  // The nearest so far lies at this distance, and no nearer place more than most_places_ aside.
  void nearer(double squared) {
    best_ = squared;
    const double places = std::sqrt(squared) / spacing_[2] + 1;
    most_places_ = static_cast<std::int64_t>(std::min(places, static_cast<double>(to_.size()[2])));
  }

  const BitVolume& to_;
  Dhw<double> spacing_;
  double reach_;  // mm2
  NearRows near_;
  std::vector<std::uint8_t> some_;  // [D, H]: whether a row has a place
  std::int64_t begin_d_ = 0, end_d_ = 0, begin_h_ = 0, end_h_ = 0;  // around the places
  std::int64_t looked_at_ = 0;
  double best_ = kNowhere;  // mm2, of the place that is searched from
  std::int64_t most_places_ = 0;
  Place last_from_{}, last_to_{-1, -1, -1};  // of the last that was not near
  double last_distance_ = 0;
};

// The rest of `from`, beginning with row h of plane d, by the transform.
void nearest_by_transform(const BitVolume& from, std::int64_t d, std::int64_t h,
                          PlaneTransform transform, const FoundSquared& found) {
  std::vector<double> squared;
  for (; d < from.size()[0]; ++d, h = 0) {
    bool here = false;
    for (; h < from.size()[1]; ++h) {
      if (!any_set(from.row(d, h), from.words())) continue;
      if (!here) transform.go_to_plane(d);
      here = true;
      transform.row(h, squared);
      each_set(from.row(d, h), from.words(), [&](std::int64_t w) {
        found({d, h, w}, squared[static_cast<std::size_t>(w)]);
      });
    }
  }
}

}  // namespace

void nearest_places(const BitVolume& from, const BitVolume& to, const Dhw<double>& spacing,
                    const Reach& reach, const FoundDistance& found) {
  const auto [depth, height, width] = std::array<std::int64_t, 3>(from.size());
  const auto tell = [&](const Place& at, double squared) {
    const double mm = std::sqrt(squared);
    found(at.d, at.h, at.w, mm <= reach.mm ? mm : kNowhere);
  };
  Search search(to, spacing, reach.mm);
  const double most_rows = reach.rows_per_voxel * static_cast<double>(depth * height * width);
  for (std::int64_t d = 0; d < depth; ++d)
    for (std::int64_t h = 0; h < height; ++h) {
      if (!search.empty() && static_cast<double>(search.rows_looked_at()) >= most_rows) {
        nearest_by_transform(from, d, h, PlaneTransform(to, spacing), tell);
        return;
      }
      each_set(from.row(d, h), from.words(), [&](std::int64_t w) {
        tell({d, h, w}, search.empty() ? kNowhere : search.nearest({d, h, w}));
      });
    }
}

}  // namespace seg
