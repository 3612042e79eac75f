#include "prep/class_indices.h"

#include "core/error.h"
#include "core/ignore.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <vector>

namespace seg {

torch::Tensor class_indices(const torch::Tensor& values,
                            const std::map<int, std::uint8_t>& labels) {
  std::vector<std::uint8_t> table(65536, kIgnore);
  table[0] = 0;
  for (const auto& [value, index] : labels)
    if (value >= 0 && value < 65536) table[static_cast<std::size_t>(value)] = index;
  const torch::Tensor in = values.contiguous();
  const torch::Tensor out = torch::empty(in.sizes(), torch::kUInt8);
  const std::int32_t* from = in.const_data_ptr<std::int32_t>();
  std::uint8_t* to = out.data_ptr<std::uint8_t>();
  at::parallel_for(0, in.numel(), 1 << 20, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] = table[static_cast<std::uint16_t>(from[i])];
  });
  return out;
}

std::optional<int> unknown_value(const torch::Tensor& values,
                                 const std::map<int, std::uint8_t>& labels) {
  std::vector<bool> known(65536, false);
  known[0] = true;
  for (const auto& [value, unused] : labels)
    if (value >= 0 && value < 65536) known[static_cast<std::size_t>(value)] = true;
  const torch::Tensor in = values.contiguous();
  const std::int32_t* v = in.const_data_ptr<std::int32_t>();
  std::optional<int> least;
  for (std::int64_t i = 0; i < in.numel(); ++i)
    if (!known[static_cast<std::uint16_t>(v[i])] && v[i] < least.value_or(65536)) least = v[i];
  return least;
}

torch::Tensor known_class_indices(const torch::Tensor& values,
                                  const std::map<int, std::uint8_t>& labels, const std::string& id,
                                  const std::filesystem::path& file) {
  const std::optional<int> value = unknown_value(values, labels);
  if (!value) return class_indices(values, labels);
  std::string known;
  for (const auto& [v, unused] : labels) known += (known.empty() ? "" : ", ") + std::to_string(v);
  fail_data("case {}: the label {} has the value {}, which is not in data.labels (known: {})", id,
            file.filename().string(), *value, known);
}

}  // namespace seg
