#include "prep/class_indices.h"

#include "core/error.h"
#include "core/ignore.h"

#include <torch/types.h>

namespace seg {

torch::Tensor class_indices(const torch::Tensor& values,
                            const std::map<int, std::uint8_t>& labels) {
  torch::Tensor table = torch::full({65536}, kIgnore, torch::kUInt8);
  auto* entry = table.data_ptr<std::uint8_t>();
  entry[0] = 0;
  for (const auto& [value, index] : labels)
    if (value >= 0 && value < 65536) entry[value] = index;
  return table.index_select(0, values.flatten()).view(values.sizes());
}

torch::Tensor known_class_indices(const torch::Tensor& values,
                                  const std::map<int, std::uint8_t>& labels, const std::string& id,
                                  const std::filesystem::path& file) {
  const torch::Tensor indices = class_indices(values, labels),
                      left_out = indices == kIgnore;  // ignored or unknown
  if (!left_out.any().item<bool>()) return indices;
  const torch::Tensor counts = torch::bincount(values.masked_select(left_out));
  for (int value = 1; value < counts.size(0); ++value) {
    if (counts.data_ptr<std::int64_t>()[value] == 0 || labels.contains(value)) continue;
    std::string known;
    for (const auto& [v, unused] : labels) known += (known.empty() ? "" : ", ") + std::to_string(v);
    fail_data("case {}: the label {} has the value {}, which is not in data.labels (known: {})", id,
              file.filename().string(), value, known);
  }
  return indices;
}

}  // namespace seg
