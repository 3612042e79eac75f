#pragma once
// Sliding minima and maxima of bytes. No Torch: compiled with its own vector flags.
#include <cstdint>

namespace seg {

// In place, for every t: data[t] = min (max) of data[t + i * stride], i = 0 .. width - 1. Doubling:
// about log2(width) operations per byte. `count` bytes; values whose window leaves the array are
// left partial, so the caller pads by (width - 1) * stride.
void window_min(std::uint8_t* data, std::int64_t count, std::int64_t stride, std::int64_t width);
void window_max(std::uint8_t* data, std::int64_t count, std::int64_t stride, std::int64_t width);

// out[i] = 1 where lo[i] != hi[i] and first <= label[i] < classes, else 0.
void differs(const std::uint8_t* lo, const std::uint8_t* hi, const std::uint8_t* label,
             std::uint8_t first, std::uint8_t classes, std::uint8_t* out, std::int64_t count);

}  // namespace seg
