#pragma once
// The probabilities of a case, beside its labels. NIfTI has no float16 (nibabel refuses it): the
// voxels are unsigned 16-bit integers with slope 1/65535, which nibabel, ITK and ITK-SNAP apply. A
// value is right to 1/131070 everywhere; a float16's would be to 1/4096 near 1.
#include "image/nifti_head.h"
#include "image/orientation.h"
#include "image/score_store.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

enum class ScoreFiles {
  per_class,  // STEM/NAME.nii.gz: a folder with a 3D file for each class, the background too
  four_d      // STEM.nii.gz: one 4D file, the classes along its fourth dimension
};

// The file or folder that there will be.
std::filesystem::path score_place(const std::filesystem::path& stem, ScoreFiles files);

// NAME for each class: without what file systems or shells take amiss, and no two alike.
std::vector<std::string> score_file_names(const std::vector<std::string>& classes);

class ScoreMaps {
 public:
  // Throws VolumeError where `source`, the file that the case was read from, cannot be read, and
  // Error(failure), here and below, where the disk is full. threads: 0 for all cores.
  ScoreMaps(const std::filesystem::path& stem, ScoreFiles files,
            const std::vector<std::string>& classes, const std::filesystem::path& source,
            int threads = 0);

  // Blocks as ScoreStore::put, in the canonical axes of the source's grid, each voxel once. Until
  // finish() there is nothing but a file without a name.
  void put(std::int64_t z, std::int64_t y, const torch::Tensor& probabilities) {
    store_.put(z, y, probabilities);
  }

  // Writes the files, with the source's place in their headers as write_label_like has it, and
  // moves them where they belong, in one step. Memory a thread: 32 MiB and 32 slices.
  void finish();

 private:
  void write(const std::filesystem::path& file, std::int64_t first_class, std::int64_t count) const;

  std::filesystem::path place_;
  ScoreFiles files_;
  std::vector<std::string> names_;
  NiftiHead head_;
  Orientation orientation_;
  int threads_;
  ScoreStore store_;
};

}  // namespace seg
