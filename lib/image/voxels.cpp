#include "image/voxels.h"

#include "image/volume_fault.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <atomic>
#include <cmath>

namespace seg {
namespace {

constexpr std::int64_t grain = 1 << 16;  // voxels a thread takes at least
constexpr double most_label = 65535, whole_tolerance = 1e-4;

// Calls f with the voxels as their type.
template <class F>
void with_type(const StoredVoxels& s, F f) {
  const auto as = [&]<class T>(T) { f(reinterpret_cast<const T*>(s.bytes.const_data_ptr())); };
  switch (s.type) {
    case VoxelType::uint8: return as(std::uint8_t{});
    case VoxelType::int8: return as(std::int8_t{});
    case VoxelType::uint16: return as(std::uint16_t{});
    case VoxelType::int16: return as(std::int16_t{});
    case VoxelType::uint32: return as(std::uint32_t{});
    case VoxelType::int32: return as(std::int32_t{});
    case VoxelType::uint64: return as(std::uint64_t{});
    case VoxelType::int64: return as(std::int64_t{});
    case VoxelType::float32: return as(float{});
    case VoxelType::float64: return as(double{});
  }
}

torch::Tensor empty_like(const StoredVoxels& s, torch::ScalarType type) {
  return torch::empty({s.bytes.numel() / bytes_each(s.type)}, type);
}

[[noreturn]] void refuse_label(double value, const std::string& file) {
  if (std::abs(value - std::round(value)) <= whole_tolerance)
    fail_volume(VolumeFault::label_value,
                "{}: the label has the value {}, outside 0 to {}; it is an image, or is damaged",
                file, value, most_label);
  fail_volume(VolumeFault::label_value,
              "{}: the label has the value {}, which is not an integer; it is an image, or was "
              "resampled as one",
              file, value);
}

}  // namespace

torch::Tensor image_voxels(const StoredVoxels& s) {
  const bool scaled = s.slope != 1 || s.intercept != 0;
  if (s.type == VoxelType::float32 && !scaled) return s.bytes.view(torch::kFloat32);
  const torch::Tensor out = empty_like(s, torch::kFloat32);
  float* to = out.data_ptr<float>();
  with_type(s, [&](const auto* in) {
    at::parallel_for(0, out.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      if (scaled)
        for (std::int64_t i = begin; i < end; ++i)
          to[i] = static_cast<float>(static_cast<double>(in[i]) * s.slope + s.intercept);
      else
        for (std::int64_t i = begin; i < end; ++i) to[i] = static_cast<float>(in[i]);
    });
  });
  return out;
}

torch::Tensor label_voxels(const StoredVoxels& s, const std::string& file) {
  const torch::Tensor out = empty_like(s, torch::kInt32);
  std::int32_t* to = out.data_ptr<std::int32_t>();
  std::atomic<std::int64_t> first_bad{out.numel()};
  with_type(s, [&](const auto* in) {
    const auto value = [&](std::int64_t i) {
      return static_cast<double>(in[i]) * s.slope + s.intercept;
    };
    at::parallel_for(0, out.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      bool good = true;
      for (std::int64_t i = begin; i < end; ++i) {
        const double v = value(i), whole = std::nearbyint(v);
        const bool fits =
            std::abs(v - whole) <= whole_tolerance && whole >= 0 && whole <= most_label;  // not NaN
        good = good & fits;
        to[i] = fits ? static_cast<std::int32_t>(whole) : -1;
      }
      for (std::int64_t i = begin; i < end && !good; ++i) {
        if (to[i] >= 0) continue;
        std::int64_t seen = first_bad;
        while (i < seen && !first_bad.compare_exchange_weak(seen, i)) {
        }
        break;
      }
    });
    if (first_bad < out.numel()) refuse_label(value(first_bad), file);
  });
  return out;
}

}  // namespace seg
