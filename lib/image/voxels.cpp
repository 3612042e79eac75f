#include "image/voxels.h"

#include "image/volume_fault.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>

namespace seg {
namespace {

constexpr std::int64_t grain = 1 << 16;  // voxels a thread takes at least
constexpr double most_label = 65535, whole_tolerance = 1e-4;

template <std::size_t N>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using type = std::uint8_t;
};
template <>
struct UnsignedOf<2> {
  using type = std::uint16_t;
};
template <>
struct UnsignedOf<4> {
  using type = std::uint32_t;
};
template <>
struct UnsignedOf<8> {
  using type = std::uint64_t;
};

constexpr std::uint8_t swapped(std::uint8_t v) { return v; }
constexpr std::uint16_t swapped(std::uint16_t v) { return __builtin_bswap16(v); }
constexpr std::uint32_t swapped(std::uint32_t v) { return __builtin_bswap32(v); }
constexpr std::uint64_t swapped(std::uint64_t v) { return __builtin_bswap64(v); }

// The i-th voxel; the file may place them at odd addresses.
template <class T, bool swap>
T voxel(const std::uint8_t* bytes, std::int64_t i) {
  typename UnsignedOf<sizeof(T)>::type raw;
  std::memcpy(&raw, bytes + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return std::bit_cast<T>(swap ? swapped(raw) : raw);
}

// Calls f.operator()<T, swap>() for the header's type and byte order.
template <class F>
void with_type(const NiftiHeader& h, F f) {
  const auto order = [&]<class T>() {
    h.swapped ? f.template operator()<T, true>() : f.template operator()<T, false>();
  };
  switch (h.type) {
    case VoxelType::uint8: return order.template operator()<std::uint8_t>();
    case VoxelType::int8: return order.template operator()<std::int8_t>();
    case VoxelType::uint16: return order.template operator()<std::uint16_t>();
    case VoxelType::int16: return order.template operator()<std::int16_t>();
    case VoxelType::uint32: return order.template operator()<std::uint32_t>();
    case VoxelType::int32: return order.template operator()<std::int32_t>();
    case VoxelType::uint64: return order.template operator()<std::uint64_t>();
    case VoxelType::int64: return order.template operator()<std::int64_t>();
    case VoxelType::float32: return order.template operator()<float>();
    case VoxelType::float64: return order.template operator()<double>();
  }
}

bool scaled(const NiftiHeader& h) { return h.slope != 1 || h.intercept != 0; }

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

torch::Tensor image_voxels(const torch::Tensor& bytes, const NiftiHeader& h) {
  const bool aligned = bytes.storage_offset() % 4 == 0;
  if (h.type == VoxelType::float32 && !h.swapped && !scaled(h) && aligned)
    return bytes.view(torch::kFloat32);
  const torch::Tensor out = torch::empty({h.size[0] * h.size[1] * h.size[2]}, torch::kFloat32);
  const std::uint8_t* in = bytes.data_ptr<std::uint8_t>();
  float* to = out.data_ptr<float>();
  with_type(h, [&]<class T, bool swap>() {
    at::parallel_for(0, out.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      if (scaled(h))
        for (std::int64_t i = begin; i < end; ++i)
          to[i] = static_cast<float>(static_cast<double>(voxel<T, swap>(in, i)) * h.slope +
                                     h.intercept);
      else
        for (std::int64_t i = begin; i < end; ++i)
          to[i] = static_cast<float>(voxel<T, swap>(in, i));
    });
  });
  return out;
}

torch::Tensor label_voxels(const torch::Tensor& bytes, const NiftiHeader& h,
                           const std::string& file) {
  const torch::Tensor out = torch::empty({h.size[0] * h.size[1] * h.size[2]}, torch::kInt32);
  const std::uint8_t* in = bytes.data_ptr<std::uint8_t>();
  std::int32_t* to = out.data_ptr<std::int32_t>();
  std::atomic<std::int64_t> first_bad{out.numel()};
  with_type(h, [&]<class T, bool swap>() {
    const auto value = [&](std::int64_t i) {
      return static_cast<double>(voxel<T, swap>(in, i)) * h.slope + h.intercept;
    };
    at::parallel_for(0, out.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      bool good = true;
      for (std::int64_t i = begin; i < end; ++i) {
        const double v = value(i), whole = std::nearbyint(v);
        const bool fits =
            std::abs(v - whole) <= whole_tolerance && whole >= 0 && whole <= most_label;  // not NaN
        good = good & fits;
        to[i] = fits ? static_cast<std::int32_t>(whole) : 0;
      }
      for (std::int64_t i = begin; i < end && !good; ++i) {
        const double v = value(i), whole = std::nearbyint(v);
        if (std::abs(v - whole) <= whole_tolerance && whole >= 0 && whole <= most_label) continue;
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
