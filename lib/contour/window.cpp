#include "contour/window.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEG_CLONES
#endif

namespace seg {
namespace {

// data[t] = op(data[t], data[t + offset]) for all t that have a partner. Reads run ahead of writes,
// so in place is safe.
SEG_CLONES void merge_min(std::uint8_t* data, std::int64_t count, std::int64_t offset) {
  const std::uint8_t* ahead = data + offset;
#pragma GCC ivdep
  for (std::int64_t t = 0; t < count - offset; ++t)
    data[t] = ahead[t] < data[t] ? ahead[t] : data[t];
}

SEG_CLONES void merge_max(std::uint8_t* data, std::int64_t count, std::int64_t offset) {
  const std::uint8_t* ahead = data + offset;
#pragma GCC ivdep
  for (std::int64_t t = 0; t < count - offset; ++t)
    data[t] = ahead[t] > data[t] ? ahead[t] : data[t];
}

SEG_CLONES void compare(const std::uint8_t* __restrict lo, const std::uint8_t* __restrict hi,
                        const std::uint8_t* __restrict label, std::uint8_t first,
                        std::uint8_t classes, std::uint8_t* __restrict out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    out[i] =
        static_cast<std::uint8_t>((lo[i] != hi[i]) & (label[i] >= first) & (label[i] < classes));
}

// Windows of 1, 2, 4 ... up to half the width by doubling, then two overlapping ones make the rest.
template <class Merge>
void slide(Merge merge, std::uint8_t* data, std::int64_t count, std::int64_t stride,
           std::int64_t width) {
  std::int64_t done = 1;
  for (; 2 * done <= width; done *= 2) merge(data, count, done * stride);
  if (done < width) merge(data, count, (width - done) * stride);
}

}  // namespace

void window_min(std::uint8_t* data, std::int64_t count, std::int64_t stride, std::int64_t width) {
  slide(merge_min, data, count, stride, width);
}

void window_max(std::uint8_t* data, std::int64_t count, std::int64_t stride, std::int64_t width) {
  slide(merge_max, data, count, stride, width);
}

void differs(const std::uint8_t* lo, const std::uint8_t* hi, const std::uint8_t* label,
             std::uint8_t first, std::uint8_t classes, std::uint8_t* out, std::int64_t count) {
  compare(lo, hi, label, first, classes, out, count);
}

}  // namespace seg
