#pragma once
// Preprocessed cases on disk: PLACE/NAME-HASH/CASE-HASH/{channel_0.nii ..., label.nii, case.json}, uncompressed NIfTI that any viewer opens
// and that is memory-mapped here. The first hash is of the settings, the second of the case's file names. A case is written as a whole
// folder and renamed into place, so two processes may build at once and a killed one leaves no half case; a changed source rebuilds that
// case only.
#include "prep/preprocess.h"

namespace seg {

class Cache {
 public:
  // root: the data set's folder; labels: file value -> class index. Throws Error(failure) where the folder cannot be made.
  Cache(const PrepConfig& prep, const std::filesystem::path& root, std::map<int, std::uint8_t> labels);

  const std::filesystem::path& folder() const { return folder_; }

  // Builds missing and outdated cases, several at once. Throws the first case's error.
  void build(const std::vector<CacheCase>& cases);

  // Removes what the data set no longer uses: folders of cases that are not `used` (with the same files) and leftovers of killed builds, of
  // these settings only. Returns their paths; removes nothing where `dry_run`.
  std::vector<std::filesystem::path> clean(const std::vector<CacheCase>& used, bool dry_run) const;

  // The case, memory-mapped; cropped as prep.crop says, or whole. Throws Error(failure) where it was not built.
  PreparedCase open(const CacheCase& c, bool cropped = true) const;

 private:
  std::filesystem::path place_of(const CacheCase& c) const;
  bool current(const CacheCase& c) const;
  void build_one(const CacheCase& c, int threads) const;

  PrepConfig prep_;
  std::map<int, std::uint8_t> labels_;
  std::filesystem::path folder_;
};

}  // namespace seg
