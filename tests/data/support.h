#pragma once
// Data sets of empty files, cases in memory, and what an error says.
#include "core/error.h"
#include "core/files.h"
#include "prep/prepared_case.h"
#include "support/catch.h"

#include <torch/torch.h>

#include <functional>

namespace seg::test {

// Makes an empty file, with its folders.
inline void touch(const std::filesystem::path& file) {
  std::filesystem::create_directories(file.parent_path());
  write_file(file, "");
}

// What the Error of work() says, `folder` written as ROOT; "no error" where there is none.
inline std::string error_of(const std::function<void()>& work, ErrorKind kind, const std::filesystem::path& folder = {}) {
  try {
    work();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    std::string what = e.what();
    if (!folder.empty())
      for (auto at = what.find(folder.string()); at != std::string::npos; at = what.find(folder.string()))
        what.replace(at, folder.string().size(), "ROOT");
    return what;
  }
  return "no error";
}

// Two channels, each voxel its own value (the second channel negated); a labelled box in the middle.
inline PreparedCase made_case(const std::string& id, std::int64_t D, std::int64_t H, std::int64_t W) {
  const torch::Tensor values = torch::arange(D * H * W, torch::kFloat32).view({D, H, W});
  torch::Tensor label = torch::zeros({D, H, W}, torch::kUInt8);
  label.slice(0, D / 3, D / 2 + 1).slice(1, H / 3, H / 2 + 1).slice(2, W / 3, W / 2 + 1).fill_(2);
  return {id, torch::stack({values, -values}), label, {}};
}

}  // namespace seg::test
