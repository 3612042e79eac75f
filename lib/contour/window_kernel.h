#pragma once
// The loops behind contour maps on plain arrays, compiled for each instruction set. No Torch, no
// threads.
#include "core/ignore.h"
#include "core/processor.h"

#include <cstdint>

namespace seg {

// How far a window reaches along each axis: offsets -back .. +forward.
struct Reach {
  std::int64_t back = 0, forward = 0;
};

// Minima of labels pass over 255 as it is; for maxima it counts as 0.
struct WindowKernels {
  // Of a slice of labels: minima low and maxima high over windows of rows x columns, cut at its
  // border. About log2(width) operations per voxel and axis. scratch: slice_scratch() bytes.
  void (*slice_extrema)(const std::uint8_t* labels, std::int64_t height, std::int64_t width,
                        Reach rows, Reach columns, std::uint8_t* low, std::uint8_t* high,
                        std::uint8_t* scratch);
  // The same along the depth, for one row of each slice, `apart` voxels from slice to slice; then
  // out = 1 where the two differ and first <= label < classes, else 0. out may be low. scratch:
  // depth_scratch() bytes.
  void (*depth_differs)(const std::uint8_t* low, const std::uint8_t* high,
                        const std::uint8_t* labels, std::int64_t depth, std::int64_t width,
                        std::int64_t apart, Reach slices, std::uint8_t first, std::uint8_t classes,
                        std::uint8_t* out, std::uint8_t* scratch);

  // high = labels, but 0 for 255; distance = 1 where first <= label < classes, else 0.
  void (*start_distance)(const std::uint8_t* labels, std::int64_t count, std::uint8_t first,
                         std::uint8_t classes, std::uint8_t* high, std::int16_t* distance);
  // Minima or maxima of a slice over 3x3 windows. scratch: width + 2 bytes.
  void (*slice_three)(const std::uint8_t* in, std::int64_t height, std::int64_t width, bool minima,
                      std::uint8_t* out, std::uint8_t* scratch);
  // Of the same voxels in three slices.
  void (*depth_three)(const std::uint8_t* const (&slices)[3], std::int64_t count, bool minima,
                      std::uint8_t* out);
  // Adds 1 to the distances above 0 where low = high; returns whether there is one.
  bool (*add_where_alike)(const std::uint8_t* low, const std::uint8_t* high, std::int64_t count,
                          std::int16_t* distance);
  // largest[label] = the largest distance of its voxels, or what it was.
  void (*largest_distance)(const std::uint8_t* labels, const std::int16_t* distance,
                           std::int64_t count, std::int16_t* largest);
  // out = 1 where 0 < distance <= most[label], else 0.
  void (*mark_near)(const std::uint8_t* labels, const std::int16_t* distance, std::int64_t count,
                    const std::int16_t* most, std::uint8_t* out);
};

constexpr std::int64_t kStrip = 64;  // columns that are slid along the rows at once
constexpr std::int64_t kRows = 16;   // rows that are slid along the columns at once
constexpr std::int64_t kSlack =
    2 * kStrip;  // bytes that may change after what is slid, and its alignment

inline std::int64_t slice_scratch(std::int64_t height, std::int64_t width, Reach rows,
                                  Reach columns) {
  const std::int64_t strips = (width + kStrip - 1) / kStrip;
  return strips * kStrip * (height + rows.back + rows.forward) + kSlack +
         kRows * (width + columns.back + columns.forward) + 2 * kSlack;
}

inline std::int64_t depth_scratch(std::int64_t depth, std::int64_t width, Reach slices) {
  return 2 * ((slices.back + depth + slices.forward) * width + 2 * kSlack);
}

SEG_EACH_SET(WindowKernels window_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<WindowKernels>>& all_window_kernels();

// The fastest of them.
const WindowKernels& window_kernels();

}  // namespace seg
