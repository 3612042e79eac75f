#pragma once
// A case's files, before anything is read.
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct Case {
  std::string id;
  std::vector<std::filesystem::path> channels;  // in the order of data.channels
  std::filesystem::path label;                  // empty: for inference only
  // "train", "validation", "test" where the layout itself says so (csv), else "".
  std::string part = {};
};

}  // namespace seg
