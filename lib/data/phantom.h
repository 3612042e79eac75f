#pragma once
// Synthetic data sets: anatomy that varies by seed and case, written as a user would have it on
// disk. Case i is the same however many are made. A folder that already holds volumes or a
// dataset.json is refused with Error(config), but for what an interrupted write_amos_phantom left
// there.
#include "core/axes.h"

#include <cstdint>
#include <filesystem>

namespace seg {

// size: voxels D, H, W; each at least 32.
struct PhantomOptions {
  std::int64_t cases = 6;
  std::uint64_t seed = 0;
  Dhw<std::int64_t> size = {64, 96, 96};
};

// CT-like abdomens with AMOS's 15 organs, from adrenal glands a few voxels thick to a liver:
// dataset.json, imagesTr/, labelsTr/.
void write_amos_phantom(const PhantomOptions& options, const std::filesystem::path& folder);

// MR-like heads with 4 channels and a tumour of oedema, core and enhancing rim: a folder per case,
// BraTS 2021's names and values.
void write_brats_phantom(const PhantomOptions& options, const std::filesystem::path& folder);

}  // namespace seg
