#pragma once
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace seg {

// values: int32 [D, H, W], 0 to 65535 -> class indices uint8 [D, H, W]; 0 is background, a value
// that `labels` does not know 255.
torch::Tensor class_indices(const torch::Tensor& values, const std::map<int, std::uint8_t>& labels);

// The least value but 0 that `labels` does not know.
std::optional<int> unknown_value(const torch::Tensor& values,
                                 const std::map<int, std::uint8_t>& labels);

// The same; throws Error(data) naming the case, the file and a value that `labels` does not know.
torch::Tensor known_class_indices(const torch::Tensor& values,
                                  const std::map<int, std::uint8_t>& labels, const std::string& id,
                                  const std::filesystem::path& file);

}  // namespace seg
