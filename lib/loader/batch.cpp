#include "loader/batch.h"

#include <torch/types.h>

namespace seg {

void apply_augmentation(Batch& batch) {
  if (batch.to_apply.empty()) return;
  std::vector<torch::Tensor> images, labels;
  for (std::size_t b = 0; b < batch.to_apply.size(); ++b) {
    const auto i = static_cast<std::int64_t>(b);
    const Patch patch = augment({batch.image[i], batch.label[i]}, batch.to_apply[b]);
    images.push_back(patch.image);
    labels.push_back(patch.label);
  }
  batch.image = torch::stack(images);
  batch.label = torch::stack(labels);
  batch.to_apply.clear();
}

}  // namespace seg
