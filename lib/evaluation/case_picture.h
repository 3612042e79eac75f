#pragma once
// What the network found in a case, to look at.
#include "evaluation/evaluate.h"
#include "report/picture.h"

namespace seg {

// The case's slice of most classes three times: as it is, with the reference label, with the
// prediction uint8 [D, H, W].
Picture case_picture(const PreparedCase& c, const torch::Tensor& prediction);

// Draws the case into the run: pictures/CASE.png, whose path it returns.
std::filesystem::path write_case_picture(const std::filesystem::path& run, const PreparedCase& c,
                                         const torch::Tensor& prediction);

// Three planes through the largest error of what was compared, with the outlines of truth and
// prediction: SVG (report/overlay.h). In original space on the grid of the label's file, over the
// first channel's file.
std::string overlay_of(const EvaluatedCase& c, Space space, const LabelMap& map);

}  // namespace seg
