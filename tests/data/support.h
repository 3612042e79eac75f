#pragma once
// Data sets of empty files, cases in memory.
#include "core/files.h"
#include "prep/prepared_case.h"
#include "support/errors.h"

#include <torch/types.h>

namespace seg::test {

// Makes an empty file, with its folders.
inline void touch(const std::filesystem::path& file) {
  std::filesystem::create_directories(file.parent_path());
  write_file(file, "");
}

// Two channels, each voxel its own value (the second channel negated); a labelled box in the
// middle.
inline PreparedCase made_case(const std::string& id, std::int64_t D, std::int64_t H,
                              std::int64_t W) {
  const torch::Tensor values = torch::arange(D * H * W, torch::kFloat32).view({D, H, W});
  torch::Tensor label = torch::zeros({D, H, W}, torch::kUInt8);
  label.slice(0, D / 3, D / 2 + 1).slice(1, H / 3, H / 2 + 1).slice(2, W / 3, W / 2 + 1).fill_(2);
  return {id, torch::stack({values, -values}), label, {}};
}

}  // namespace seg::test
