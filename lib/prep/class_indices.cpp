#include "prep/class_indices.h"

#include <torch/types.h>

namespace seg {

torch::Tensor class_indices(const torch::Tensor& values, const std::map<int, std::uint8_t>& labels) {
  torch::Tensor table = torch::full({65536}, 255, torch::kUInt8);
  auto* entry = table.data_ptr<std::uint8_t>();
  entry[0] = 0;
  for (const auto& [value, index] : labels)
    if (value >= 0 && value < 65536) entry[value] = index;
  return table.index_select(0, values.flatten()).view(values.sizes());
}

}  // namespace seg
