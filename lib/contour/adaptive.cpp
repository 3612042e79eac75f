#include "contour/adaptive.h"
#include "contour/window_kernel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <vector>

namespace seg {
namespace {

// Beyond this distance n_j is n whatever the distance: beta m + 1/2 >= n.
std::int64_t largest_useful(const ContourConfig& config, std::int64_t size) {
  if (config.beta <= 0) return config.iterations;
  const double enough = std::ceil((static_cast<double>(config.iterations) - 0.5) / config.beta);
  return static_cast<std::int64_t>(std::min(enough, static_cast<double>(size)));
}

// The minima or maxima of labels over cubes that grow by one voxel to each side at a time.
struct Extrema {
  const std::uint8_t* now;
  torch::Tensor memory[2];

  Extrema(const std::uint8_t* start, const torch::Tensor& like) : now(start) {
    for (auto& m : memory) m = torch::empty_like(like);
  }
  std::uint8_t* next() { return memory[now == first() ? 1 : 0].data_ptr<std::uint8_t>(); }

 private:
  const std::uint8_t* first() const { return memory[0].const_data_ptr<std::uint8_t>(); }
};

// The slices of `in` around slice z with their windows of 3x3, kept while z goes up.
class Around {
 public:
  Around(const std::uint8_t* in, bool minima, const torch::Tensor& labels)
      : in_(in),
        minima_(minima),
        depth_(labels.size(1)),
        height_(labels.size(2)),
        width_(labels.size(3)),
        area_(height_ * width_),
        slices_(3 * area_ + width_ + 2) {}

  void merge(std::int64_t z, std::uint8_t* out) {
    const std::uint8_t* const around[3] = {at(std::max<std::int64_t>(z - 1, 0)), at(z),
                                           at(std::min(z + 1, depth_ - 1))};
    window_kernels().depth_three(around, area_, minima_, out + z * area_);
  }

 private:
  const std::uint8_t* at(std::int64_t z) {
    std::uint8_t* slice = slices_.data() + z % 3 * area_;
    if (z > done_) {
      window_kernels().slice_three(in_ + z * area_, height_, width_, minima_, slice,
                                   slices_.data() + 3 * area_);
      done_ = z;
    }
    return slice;
  }

  const std::uint8_t* in_;
  bool minima_;
  std::int64_t depth_, height_, width_, area_, done_ = -1;
  std::vector<std::uint8_t> slices_;
};

// Chessboard distances to another label, one sample [1, D, H, W].
class Chessboard {
 public:
  Chessboard(const torch::Tensor& labels, std::uint8_t first, std::uint8_t last)
      : labels_(labels),
        depth_(labels.size(1)),
        height_(labels.size(2)),
        width_(labels.size(3)),
        area_(height_ * width_),
        distance_(torch::empty(labels.sizes(), torch::kInt16)),
        low_(labels.const_data_ptr<std::uint8_t>(), labels),
        high_(nullptr, labels) {
    std::uint8_t* high = high_.next();
    at::parallel_for(0, depth_, 1, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t v = begin * area_;
      window_kernels().start_distance(low_.now + v, (end - begin) * area_, first, last, high + v,
                                      distance() + v);
    });
    high_.now = high;
  }

  // From distances up to r - 1, r where they are larger, to those up to r; returns whether there is
  // a voxel whose distance is larger.
  bool grow(std::int64_t r, bool zero_border) {
    std::uint8_t *low = low_.next(), *high = high_.next();
    std::atomic<bool> any = false;
    at::parallel_for(0, depth_, 1, [&](std::int64_t begin, std::int64_t end) {
      Around lower(low_.now, true, labels_), upper(high_.now, false, labels_);
      for (std::int64_t z = begin; z < end; ++z) {
        lower.merge(z, low);
        upper.merge(z, high);
        if (add_in_slice(low, high, z, zero_border ? r : 0)) any = true;
      }
    });
    low_.now = low;
    high_.now = high;
    return any;
  }

  std::int16_t* distance() { return distance_.data_ptr<std::int16_t>(); }

 private:
  // Of the voxels at least `margin` from the volume's border.
  bool add_in_slice(const std::uint8_t* low, const std::uint8_t* high, std::int64_t z,
                    std::int64_t margin) {
    if (z < margin || z >= depth_ - margin || width_ <= 2 * margin) return false;
    bool any = false;
    for (std::int64_t y = margin; y < height_ - margin; ++y) {
      const std::int64_t v = z * area_ + y * width_ + margin;
      any |=
          window_kernels().add_where_alike(low + v, high + v, width_ - 2 * margin, distance() + v);
    }
    return any;
  }

  const torch::Tensor& labels_;
  std::int64_t depth_, height_, width_, area_;
  torch::Tensor distance_;
  Extrema low_, high_;
};

using PerLabel = std::array<std::int16_t, 256>;

// n_j of every label, or the limit where that is less: no distance between them is known, or met. A
// distance beyond the limit counts as without end.
PerLabel thickness(PerLabel largest, std::int64_t limit, const ContourConfig& config) {
  for (std::int16_t& value : largest) {
    const double m = value > limit ? std::numeric_limits<std::int16_t>::max() : value;
    const auto wished = static_cast<std::int64_t>(std::floor(config.beta * m + 0.5));
    const std::int64_t n = std::clamp<std::int64_t>(wished, 1, config.iterations);
    value = static_cast<std::int16_t>(std::min(n, limit));
  }
  return largest;
}

void sample_contour(const torch::Tensor& labels, std::uint8_t first, std::uint8_t last,
                    const ContourConfig& config, torch::Tensor out) {
  const std::int64_t size = std::max({labels.size(1), labels.size(2), labels.size(3)}),
                     limit = largest_useful(config, size);
  Chessboard board(labels, first, last);
  for (std::int64_t r = 1; r <= limit; ++r)
    if (!board.grow(r, config.border == ContourBorder::zero)) break;

  const auto* y = labels.const_data_ptr<std::uint8_t>();
  const std::int16_t* d = board.distance();
  PerLabel largest{};
  std::mutex mutex;
  at::parallel_for(0, labels.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    PerLabel part{};
    window_kernels().largest_distance(y + begin, d + begin, end - begin, part.data());
    const std::lock_guard lock(mutex);
    for (std::size_t j = 0; j < part.size(); ++j) largest[j] = std::max(largest[j], part[j]);
  });
  const PerLabel n = thickness(largest, limit, config);
  auto* c = out.data_ptr<std::uint8_t>();
  at::parallel_for(0, labels.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    window_kernels().mark_near(y + begin, d + begin, end - begin, n.data(), c + begin);
  });
}

}  // namespace

torch::Tensor adaptive_contour_map(const torch::Tensor& labels, std::int64_t classes,
                                   const ContourConfig& config) {
  const std::uint8_t first = config.first_class(), last = static_cast<std::uint8_t>(classes);
  torch::Tensor out = torch::empty_like(labels);
  if (labels.numel() == 0) return out;
  for (std::int64_t b = 0; b < labels.size(0); ++b)
    sample_contour(labels.narrow(0, b, 1), first, last, config, out.narrow(0, b, 1));
  return out;
}

}  // namespace seg
