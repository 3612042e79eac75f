#pragma once
// Blocks of rows in order, each with the slice and the rows before it at hand.
#include <torch/types.h>

namespace seg {

// A block [n, rows, W, K] of slices z .., rows y .., of a volume whose blocks come slab by slab in
// z, each slab band by band in y. Kept of what came before: the slice before the slab and, of it
// and of the slab's slices, the row before the band.
class KeptRows {
 public:
  explicit KeptRows(std::int64_t height = 0) : height_(height) {}

  // `block` stays where it is until keep().
  void begin(std::int64_t z, std::int64_t y, torch::Tensor block);
  // Copies what later blocks may ask for.
  void keep(bool slice, bool rows);

  const torch::Tensor& block() const { return block_; }
  // z, y: in the block, or one before it. The first element of row [W, K].
  const void* pointer(std::int64_t z, std::int64_t y) const;
  // Rows first .. first + count - 1 of a slice: [count, W, K].
  torch::Tensor rows(std::int64_t z, std::int64_t first, std::int64_t count) const;

 private:
  std::int64_t height_;
  std::int64_t z_ = 0, y_ = 0;
  torch::Tensor block_;
  torch::Tensor slice_;  // [height, W, K] of slice z_ - 1
  torch::Tensor rows_;   // [n + 1, W, K] of row y_ - 1 of slices z_ - 1 ..
};

}  // namespace seg
