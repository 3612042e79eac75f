#pragma once
// What the network found in a case, to look at.
#include "prep/prepared_case.h"
#include "report/picture.h"

namespace seg {

// The case's slice of most classes three times: as it is, with the reference label, with the
// prediction uint8 [D, H, W].
Picture case_picture(const PreparedCase& c, const torch::Tensor& prediction);

// Draws the case into the run: pictures/CASE.png, whose path it returns.
std::filesystem::path write_case_picture(const std::filesystem::path& run, const PreparedCase& c,
                                         const torch::Tensor& prediction);

}  // namespace seg
