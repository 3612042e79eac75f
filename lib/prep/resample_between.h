#pragma once
// Resampling between grids that lie anyhow to each other (prep.resample_to). A voxel whose centre
// is more than half an input voxel beyond the input's outermost voxel centres is outside.
#include "config/prep_config.h"
#include "image/volume.h"

#include <string>

namespace seg {

// The larger of two shares: how much of `a` lies inside `b`, and of `b` inside `a`; of points
// spread evenly.
double overlap(const Geometry& a, const Geometry& b);
inline constexpr double least_overlap = 0.25;  // of grids of one patient
std::string apart_text(double overlap);        // what a smaller one means, in words

// image: float32 [1, D, H, W] on `from` -> on `to`; interpolation as resample_image. Outside: the
// image's minimum.
torch::Tensor resample_image_between(const torch::Tensor& image, const Geometry& from,
                                     const Geometry& to, Interpolation interpolation,
                                     int threads = 0);

// label: uint8 [D, H, W]; interpolation as resample_label. Outside: 255, ignored.
torch::Tensor resample_label_between(const torch::Tensor& label, const Geometry& from,
                                     const Geometry& to, LabelInterpolation interpolation,
                                     int threads = 0);

}  // namespace seg
