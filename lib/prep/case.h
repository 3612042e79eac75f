#pragma once
// A case's files, before anything is read.
#include "config/data_config.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

struct Case {
  std::string id;
  std::vector<std::filesystem::path> channels;  // in the order of data.channels
  std::filesystem::path label;                  // empty: for inference only
  std::optional<SplitPart> part = {};           // where the layout itself says so (csv)
  bool held_out = false;  // of a folder of test scans: in a split only where its id is named
};

}  // namespace seg
