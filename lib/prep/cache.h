#pragma once
// Preprocessed cases on disk: PLACE/NAME-HASH/CASE-HASH/{channel_0.nii ..., label.nii, case.json},
// uncompressed NIfTI that any viewer opens and that is memory-mapped here. The first hash is of the
// settings, the second of the case's file names. A case is written as a whole folder and put into
// place in one step, so two processes may build at once, a third may read, and a killed one leaves
// no half case; a source of another size or time rebuilds that case only.
#include "prep/crop.h"
#include "prep/preprocess.h"

namespace seg {

class Cache {
 public:
  // root: the data set's folder; labels: file value -> class index. Throws Error(failure) where the
  // folder cannot be made.
  Cache(const PrepConfig& prep, const std::filesystem::path& root,
        std::map<int, std::uint8_t> labels);

  const std::filesystem::path& folder() const { return folder_; }

  // Those that are not there, outdated or damaged.
  std::vector<Case> missing(const std::vector<Case>& cases) const;

  // Builds the missing ones, several at once. Throws the first case's error.
  void build(const std::vector<Case>& cases);

  // Removes what the configuration does not use: folders of cases that are not `used` (with the
  // same files) and leftovers of killed builds, of these settings only. Returns their paths;
  // removes nothing where `dry_run`.
  std::vector<std::filesystem::path> clean(const std::vector<Case>& used, bool dry_run) const;

  // The case, memory-mapped; cropped as prep.crop says, or whole. Throws Error(failure) where it
  // was not built.
  PreparedCase open(const Case& c, CropFor use) const;
  PreparedCase open_whole(const Case& c) const;

  // Of the contents of each prepared channel: equal where two images show the same, whatever their
  // files are; "" for a constant one.
  std::vector<std::string> hashes(const Case& c) const;

  // Of the contents of each file that the case was built from, a detached one with voxels too.
  std::vector<std::string> source_contents(const Case& c) const;

 private:
  std::filesystem::path place_of(const Case& c) const;
  bool current(const Case& c) const;
  void build_one(const Case& c, int threads) const;

  PrepConfig prep_;
  std::map<int, std::uint8_t> labels_;
  std::filesystem::path folder_;
};

}  // namespace seg
