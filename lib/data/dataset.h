#pragma once
// What a layout finds: cases, channels, classes, and how the cases are split.
#include "config/data_config.h"
#include "prep/case.h"

#include <cstdint>
#include <map>
#include <utility>

namespace seg {

// File values -> classes. Class 0 is background; class indices follow the order of first mention in
// data.labels.
struct LabelMap {
  std::vector<std::string> classes;      // names by class index; classes[0] = "background"
  std::map<int, std::uint8_t> to_class;  // file value -> class index, 255 for ignore
  std::vector<int> to_file;              // class index -> the first file value listed for it

  std::int64_t count() const {
    return static_cast<std::int64_t>(classes.size());
  }  // M, with background
};

// What is wrong with a case's files before any is read.
struct FileProblem {
  std::string id;              // of the case
  std::filesystem::path file;  // that is there in excess; empty where one is missing
  std::string detail;
};

// What a layout found: the cases, sorted by id, and the names of channels and classes.
struct Dataset {
  std::string name;
  std::vector<Case> cases;
  std::vector<std::string> channels;
  LabelMap labels;
  std::vector<std::filesystem::path> lone_labels = {};    // label files without an image; not used
  std::vector<std::filesystem::path> empty_folders = {};  // without a volume; no cases
  std::vector<FileProblem> problems = {};
  // Of each channel: N of NAME_000N (nnU-Net), as dataset.json numbers it; else its position.
  std::vector<int> channel_numbers = {};
};

// Case ids per part; each id in one part only.
struct Split {
  std::vector<std::string> train, validation, test;

  const std::vector<std::string>& of(SplitPart part) const {
    switch (part) {
      case SplitPart::train: return train;
      case SplitPart::validation: return validation;
      case SplitPart::test: return test;
    }
    return train;
  }
  std::vector<std::string>& of(SplitPart part) {
    return const_cast<std::vector<std::string>&>(std::as_const(*this).of(part));
  }
};

}  // namespace seg
