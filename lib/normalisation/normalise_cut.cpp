#include "normalisation/normalise_cut.h"

#include "core/rounding.h"
#include "tensor/share_work.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace seg {
namespace {

constexpr std::int64_t least_part = 1 << 14;  // values worth a thread's while
constexpr std::int64_t most_parts = 256;      // of a volume, so that their sums are few

}  // namespace

NormCut::NormCut(const NormLayout& layout) : layout_(layout) {
  const bool last = layout.channels_last;
  planes_ = last ? layout.groups() : layout.samples * layout.channels;
  channels_ = last ? layout.channels : 1;
  plane_values_ = last ? layout.count() * layout.channels : layout.voxels;
  width_ = std::lcm(channels_, norm_lanes);
  const std::int64_t most = std::max<std::int64_t>(1, most_parts / planes_);
  const std::int64_t wanted = std::clamp<std::int64_t>(plane_values_ / least_part, 1, most);
  piece_values_ = ceil_div(ceil_div(plane_values_, wanted), width_) * width_;
  pieces_ = ceil_div(plane_values_, piece_values_);
}

std::int64_t NormCut::first_channel(std::int64_t plane) const {
  return layout_.channels_last ? 0 : plane % layout_.channels;
}

std::int64_t NormCut::first_number(std::int64_t plane) const {
  if (layout_.channels_last) return plane * layout_.channels;
  return layout_.instance ? plane : plane % layout_.channels;
}

NormPart NormCut::part(std::int64_t i, const NormPart& whole) const {
  const bool bfloat16 = layout_.type == FloatType::bfloat16;
  const std::int64_t begin = i % pieces_ * piece_values_;
  const std::int64_t skip = (plane_of(i) * plane_values_ + begin) * (bfloat16 ? 2 : 4);
  const auto from = [&](const void* p) { return p ? static_cast<const char*>(p) + skip : nullptr; };
  const auto to = [&](void* p) { return p ? static_cast<char*>(p) + skip : nullptr; };
  return {.x = from(whole.x),
          .dy = from(whole.dy),
          .y = to(whole.y),
          .dx = to(whole.dx),
          .bfloat16 = bfloat16,
          .values = std::min(piece_values_, plane_values_ - begin),
          .width = width_};
}

void NormCut::each_part(const std::function<void(std::int64_t part)>& work) const {
  const std::int64_t values = std::min(piece_values_, plane_values_),
                     at_once = ceil_div(least_part, values);
  share_work(ceil_div(parts(), at_once), [&](std::int64_t share) {
    const std::int64_t end = std::min(parts(), (share + 1) * at_once);
    for (std::int64_t i = share * at_once; i < end; ++i) work(i);
  });
}

std::vector<double> NormCut::sums(
    std::int64_t count, const std::function<void(std::int64_t part, double* sums)>& work) const {
  std::vector<double> of_parts(static_cast<std::size_t>(parts() * count * channels_));
  each_part([&](std::int64_t part) {
    thread_local std::vector<double> wide;
    wide.assign(static_cast<std::size_t>(count * width_), 0);
    work(part, wide.data());
    double* own = of_parts.data() + part * count * channels_;
    for (std::int64_t q = 0; q < count; ++q)
      for (std::int64_t i = 0; i < width_; i += channels_)
        for (std::int64_t c = 0; c < channels_; ++c)
          own[q * channels_ + c] += wide[static_cast<std::size_t>(q * width_ + i + c)];
  });
  const std::int64_t numbers = layout_.groups() * layout_.channels;
  std::vector<double> totals(static_cast<std::size_t>(count * numbers));
  for (std::int64_t part = 0; part < parts(); ++part) {
    const double* own = of_parts.data() + part * count * channels_;
    double* to = totals.data() + first_number(plane_of(part));
    for (std::int64_t q = 0; q < count; ++q)
      for (std::int64_t c = 0; c < channels_; ++c) to[q * numbers + c] += own[q * channels_ + c];
  }
  return totals;
}

NormTables::NormTables(const NormCut& cut, const NormFormula& f, const float* slope_means,
                       const float* tilts)
    : width_(cut.width()),
      channels_(cut.channels()),
      floor_(f.relu_first ? 0 : std::numeric_limits<float>::quiet_NaN()),
      after_(f.after),
      values_(static_cast<std::size_t>(cut.planes() * rows * width_)) {
  const auto or_else = [](const float* from, std::int64_t i, float otherwise) {
    return from ? from[i] : otherwise;
  };
  for (std::int64_t plane = 0; plane < cut.planes(); ++plane)
    for (std::int64_t c = 0; c < channels_; ++c) {
      const std::int64_t channel = cut.first_channel(plane) + c,
                         number = cut.first_number(plane) + c;
      set(plane, bias, c, or_else(f.bias, channel, 0));
      set(plane, mean, c, or_else(f.mean, number, 0));
      set(plane, factor, c, or_else(f.inverse, number, 1) * or_else(f.scale, channel, 1));
      set(plane, shift, c, or_else(f.shift, channel, 0));
      set(plane, mean_slope, c, or_else(slope_means, number, 0));
      set(plane, tilt, c, or_else(tilts, number, 0));
    }
}

void NormTables::set(std::int64_t plane, Row which, std::int64_t channel, float value) {
  float* to = values_.data() + (plane * rows + which) * width_;
  for (std::int64_t i = channel; i < width_; i += channels_) to[i] = value;
}

NormNumbers NormTables::of_plane(std::int64_t plane) const {
  return {.bias = row(plane, bias),
          .mean = row(plane, mean),
          .factor = row(plane, factor),
          .shift = row(plane, shift),
          .mean_slope = row(plane, mean_slope),
          .tilt = row(plane, tilt),
          .floor = floor_,
          .after = after_};
}

}  // namespace seg
