#pragma once
// One case from its files to the training grid: read, reorient, resample, z-score; the
// crop comes when the case is opened.
#include "config/prep_config.h"
#include "prep/case.h"
#include "prep/prepared_case.h"

#include <cstdint>
#include <map>

namespace seg {

// labels: file value -> class index (255 = ignore). Throws Error(data) naming case, file and
// reason: another grid than the first channel's, a label value outside the map, NaN voxels where
// prep.nan is `error`.
//
// With prep.resample_to: first, a channel or label on another grid is interpolated once, straight
// to the prepared grid of the first channel. threads: 0 for all cores.
PreparedCase preprocess(const Case& c, const PrepConfig& config,
                        const std::map<int, std::uint8_t>& labels, int threads = 0);

}  // namespace seg
