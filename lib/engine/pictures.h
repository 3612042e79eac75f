#pragma once
// Pictures to look at: what the network found in a case, and what training sees of the data.
#include "engine/experiment.h"
#include "report/picture.h"

namespace seg {

// The case's most telling slice three times: as it is, with the reference label, with the
// prediction uint8 [D, H, W].
Picture case_picture(const PreparedCase& c, const torch::Tensor& prediction);

// Draws the case into the run: pictures/CASE.png, whose path it returns.
std::filesystem::path write_case_picture(const std::filesystem::path& run, const PreparedCase& c,
                                         const torch::Tensor& prediction);

// `patches` augmented training patches of the first epoch, as the loader gives them, a row each of
// telling slices: the first channel, the labels outlined, the contour that loss.contour describes
// painted.
Picture preview(const Config& config, const Experiment& experiment, std::int64_t patches);

}  // namespace seg
