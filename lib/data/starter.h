#pragma once
// A first configuration for a data set that nobody has described yet (segprep init).
#include <filesystem>
#include <string>

namespace seg {

// YAML that segtrain runs as it is: the layout recognised, channels and labels as the data set (or,
// without a description, the names of its images and the values of its labels) says, the median
// spacing, a patch that fits, a split of 80 to 20. Throws Error(data) where no layout is
// recognised, a case lacks a channel or none has a label.
std::string starter_yaml(const std::filesystem::path& root);

}  // namespace seg
