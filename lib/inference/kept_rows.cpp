#include "inference/kept_rows.h"

#include <torch/types.h>

namespace seg {

void KeptRows::begin(std::int64_t z, std::int64_t y, torch::Tensor block) {
  z_ = z;
  y_ = y;
  block_ = std::move(block);
}

// The order matters: the row of the slice before goes into rows_ before the slice is overwritten.
void KeptRows::keep(bool slice, bool rows) {
  const std::int64_t n = block_.size(0), count = block_.size(1);
  if (rows) {
    if (!rows_.defined() || rows_.size(0) != n + 1)
      rows_ = torch::empty({n + 1, block_.size(2), block_.size(3)}, block_.options());
    if (z_ > 0 && slice_.defined()) rows_[0].copy_(slice_[y_ + count - 1]);
    rows_.narrow(0, 1, n).copy_(block_.select(1, count - 1));
  }
  if (slice) {
    if (!slice_.defined())
      slice_ = torch::empty({height_, block_.size(2), block_.size(3)}, block_.options());
    slice_.narrow(0, y_, count).copy_(block_[n - 1]);
  }
  block_.reset();
}

const void* KeptRows::pointer(std::int64_t z, std::int64_t y) const {
  const auto at = [](const torch::Tensor& t, std::int64_t offset) {
    return static_cast<const char*>(t.const_data_ptr()) + offset * t.element_size();
  };
  if (y < y_) return at(rows_, (z - z_ + 1) * rows_.stride(0));
  if (z < z_) return at(slice_, y * slice_.stride(0));
  return at(block_, (z - z_) * block_.stride(0) + (y - y_) * block_.stride(1));
}

torch::Tensor KeptRows::rows(std::int64_t z, std::int64_t first, std::int64_t count) const {
  if (z < z_ && first >= y_) return slice_.narrow(0, first, count);
  if (first >= y_) return block_[z - z_].narrow(0, first - y_, count);
  const torch::Tensor before = rows_[z - z_ + 1].unsqueeze(0);
  return count == 1 ? before : torch::cat({before, rows(z, first + 1, count - 1)});
}

}  // namespace seg
