#include "distance/distance.h"

#include "core/ignore.h"
#include "distance/distance_kernel.h"
#include "distance/envelope.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace seg {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();

// Transforms lines in place.
class Lines {
 public:
  explicit Lines(std::int64_t size) : envelope_(size) {}

  // line: `size` values, `stride` apart, replaced by min over q of f(q) + (x - q)^2.
  void transform(float* line, std::int64_t stride, std::int64_t size) {
    for (std::int64_t q = 0; q < size; ++q) envelope_.f()[q] = line[q * stride];
    if (!envelope_.build(size)) return;
    for (std::int64_t x = 0; x < size; ++x) line[x * stride] = envelope_.at(x);
  }

  // The same within each run of one label; beyond a run's ends, inside the line, stands another
  // label: distance 0.
  void transform_runs(float* line, const std::uint8_t* label, std::int64_t stride,
                      std::int64_t size) {
    for (std::int64_t begin = 0, end; begin < size; begin = end) {
      for (end = begin + 1; end < size && label[end * stride] == label[begin * stride];) ++end;
      const bool before = begin > 0, after = end < size;
      run_.clear();
      if (before) run_.push_back(0);
      for (std::int64_t q = begin; q < end; ++q) run_.push_back(line[q * stride]);
      if (after) run_.push_back(0);
      transform(run_.data(), 1, static_cast<std::int64_t>(run_.size()));
      for (std::int64_t q = begin; q < end; ++q) line[q * stride] = run_[q - begin + before];
    }
  }

 private:
  Envelope<float> envelope_;
  std::vector<float> run_;
};

// Squared distances within the rows of the volume [D, H, W] of labels.
torch::Tensor along_rows(const torch::Tensor& labels) {
  torch::Tensor volume = torch::empty(labels.sizes(), torch::kFloat);
  const std::int64_t width = labels.size(2);
  const auto* y = labels.const_data_ptr<std::uint8_t>();
  auto* data = volume.data_ptr<float>();
  at::parallel_for(0, labels.numel() / width, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k)
      distance_kernels().along_row(y + k * width, width, data + k * width);
  });
  return volume;
}

// Transforms every line along `axis`, 0 or 1, of the contiguous float volume [D, H, W]; with labels
// (uint8, alike), within each label.
void along(torch::Tensor& volume, std::int64_t axis, const std::uint8_t* labels) {
  const std::int64_t size = volume.size(axis), stride = volume.stride(axis),
                     bundles = (stride + kBundle - 1) / kBundle;
  float* data = volume.data_ptr<float>();
  at::parallel_for(
      0, volume.numel() / (size * stride) * bundles, 8, [&](std::int64_t begin, std::int64_t end) {
        Lines each(size + 2);
        const torch::Tensor scratch = torch::empty({near_scratch(size)}, torch::kFloat);
        for (std::int64_t k = begin; k < end; ++k) {
          const std::int64_t line = k % bundles * kBundle,
                             first = k / bundles * size * stride + line;
          const int lines = static_cast<int>(std::min<std::int64_t>(kBundle, stride - line));
          const std::uint8_t* y = labels ? labels + first : nullptr;
          if (distance_kernels().near_lines(data + first, y, size, stride, lines,
                                            scratch.data_ptr<float>()))
            continue;
          for (int l = 0; l < lines; ++l) {
            if (y)
              each.transform_runs(data + first + l, y + l, stride, size);
            else
              each.transform(data + first + l, stride, size);
          }
        }
      });
}

struct Box {
  std::array<std::int64_t, 3> begin, end;
  torch::Tensor of(torch::Tensor volume) const {
    for (std::size_t d = 0; d < 3; ++d)
      volume = volume.slice(static_cast<std::int64_t>(d), begin[d], end[d]);
    return volume;
  }
};

// Around the voxels of a mask [D, H, W] that has some.
Box box_around(const torch::Tensor& mask) {
  Box box{};
  for (std::int64_t d = 0; d < 3; ++d) {
    const torch::Tensor hit =
        mask.any((d + 1) % 3, true).any((d + 2) % 3, true).flatten().nonzero().flatten();
    box.begin[d] = hit[0].item<std::int64_t>();
    box.end[d] = hit[-1].item<std::int64_t>() + 1;
  }
  return box;
}

// Where every voxel of the class finds its nearest other label: the class's box with a shell of one
// voxel, which holds other labels only; the whole volume where the shell has ignored voxels.
Box reach_of(const torch::Tensor& inside, const torch::Tensor& ignored) {
  const Box box = box_around(inside);
  Box shell = box;
  for (std::size_t d = 0; d < 3; ++d) {
    shell.begin[d] = std::max<std::int64_t>(0, box.begin[d] - 1);
    shell.end[d] = std::min(inside.size(static_cast<std::int64_t>(d)), box.end[d] + 1);
  }
  if (shell.of(ignored).sum().item<std::int64_t>() == box.of(ignored).sum().item<std::int64_t>())
    return shell;
  return {{0, 0, 0}, {inside.size(0), inside.size(1), inside.size(2)}};
}

}  // namespace

torch::Tensor squared_distance(const torch::Tensor& seeds, const Dhw<double>& spacing) {
  const torch::Tensor is_seed = seeds.ne(0);
  torch::Tensor volume = along_rows(is_seed.to(torch::kUInt8)).masked_fill_(is_seed, 0);
  // f(q) + (s (x - q))^2 = s^2 (f(q) / s^2 + (x - q)^2): in units of the axis's own spacing.
  double unit = spacing[2];
  for (const std::int64_t axis : {1, 0}) {
    const double own = spacing[static_cast<std::size_t>(axis)], ratio = unit / own;
    if (ratio != 1) volume.mul_(ratio * ratio);
    along(volume, axis, nullptr);
    unit = own;
  }
  return unit == 1 ? volume : volume.mul_(unit * unit);
}

torch::Tensor squared_distance_to_other(const torch::Tensor& labels, std::int64_t classes) {
  const torch::Tensor ignored = labels.eq(kIgnore);
  if (!ignored.any().item<bool>()) {  // all classes in one pass; an ignored voxel would end a run,
                                      // which it must not
    torch::Tensor squared = along_rows(labels);
    for (const std::int64_t axis : {1, 0})
      along(squared, axis, labels.const_data_ptr<std::uint8_t>());
    return squared;
  }
  torch::Tensor squared = torch::full(labels.sizes(), kFar);
  for (std::int64_t j = 0; j < classes; ++j) {
    const torch::Tensor inside = labels.eq(j);
    if (!inside.any().item<bool>()) continue;
    const Box reach = reach_of(inside, ignored);
    const torch::Tensor own = reach.of(inside),
                        others = own.logical_or(reach.of(ignored)).logical_not().to(torch::kUInt8);
    torch::Tensor part = reach.of(squared);
    part.copy_(torch::where(own, squared_distance(others), part));
  }
  return squared;
}

}  // namespace seg
