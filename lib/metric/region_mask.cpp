#include "metric/region_mask.h"

#include "core/ignore.h"
#include "metric/label_runs.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <mutex>

namespace seg {
namespace {

// 0x80 in the bytes of a word that equal those of another.
std::uint64_t equal_bytes(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7fU;
  const std::uint64_t x = a ^ b;
  return ~(((x & low) + low) | x | low);
}

// The highest bits of eight bytes, side by side.
std::uint64_t highest_bits(std::uint64_t bytes) {
  return (bytes >> 7 & 0x0101010101010101U) * 0x0102040810204080U >> 56;
}

// Of up to eight labels: which are of the classes, a bit each.
std::uint64_t members(const std::uint8_t* labels, std::int64_t count,
                      const std::vector<std::uint64_t>& classes) {
  const std::uint64_t word = eight_labels(labels, count);
  std::uint64_t bytes = 0;
  for (const std::uint64_t c : classes) bytes |= equal_bytes(word, c);
  const std::uint64_t bits = highest_bits(bytes);
  return count < 8 ? bits & ((1U << count) - 1) : bits;
}

}  // namespace

void VoxelBox::include(const VoxelBox& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = other;
    return;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    begin[a] = std::min(begin[a], other.begin[a]);
    end[a] = std::max(end[a], other.end[a]);
  }
}

LabelBoxes label_boxes(const LabelMaps& maps) {
  const auto [depth, height, width] = std::array<std::int64_t, 3>(maps.size);
  LabelBoxes boxes;
  std::mutex mutex;
  at::parallel_for(0, depth * height, 1024, [&, h = height, w = width](auto begin, auto end) {
    LabelBoxes mine;
    for (std::int64_t row = begin; row < end; ++row) {
      const std::uint8_t *p = maps.prediction + row * w, *t = maps.truth + row * w;
      each_run(p, t, w, [&](std::int64_t first, std::int64_t last) {
        if (t[first] == kIgnore) return;
        const VoxelBox run = {{row / h, row % h, first}, {row / h + 1, row % h + 1, last}};
        mine[p[first]].include(run);
        if (t[first] != p[first]) mine[t[first]].include(run);
      });
    }
    std::lock_guard lock(mutex);
    for (std::size_t label = 0; label < boxes.size(); ++label) boxes[label].include(mine[label]);
  });
  return boxes;
}

BitVolume region_mask(const LabelMaps& maps, Side side, const VoxelBox& box,
                      const std::vector<std::int64_t>& classes) {
  std::vector<std::uint64_t> wanted;
  for (const std::int64_t c : classes) wanted.push_back(eight_times(static_cast<std::uint8_t>(c)));
  const std::vector<std::uint64_t> ignored = {eight_times(kIgnore)};
  const std::uint8_t* labels = side == Side::truth ? maps.truth : maps.prediction;
  BitVolume mask(box.size());
  const std::int64_t width = box.size()[2];
  for (std::int64_t d = box.begin[0]; d < box.end[0]; ++d)
    for (std::int64_t h = box.begin[1]; h < box.end[1]; ++h) {
      const std::int64_t first = (d * maps.size[1] + h) * maps.size[2] + box.begin[2];
      std::uint64_t* row = mask.row(d - box.begin[0], h - box.begin[1]);
      for (std::int64_t w = 0; w < width; w += 8) {
        std::uint64_t bits = members(labels + first + w, width - w, wanted);
        if (bits != 0 && side == Side::prediction)
          bits &= ~members(maps.truth + first + w, width - w, ignored);
        row[w / 64] |= bits << (w % 64);
      }
    }
  return mask;
}

}  // namespace seg
