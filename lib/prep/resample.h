#pragma once
// Resampling along the volume's own axes, one axis after the other, on `threads` threads (0: all
// cores).
#include "config/prep_config.h"
#include "image/volume.h"

namespace seg {

// The grid of `geometry` at `spacing` in mm: the centre of the volume stays, the extent
// is rounded to whole voxels, and no sample ever leaves the input: n = max(1, floor(extent / new +
// 0.5 + 1e-3)), first voxel at ((size - 1) old - (n - 1) new) / 2 mm. Throws VolumeError(too_large)
// where it has more than most_voxels (image/plausible.h); the sentence names no file.
Geometry resampled_grid(const Geometry& geometry, const Dhw<double>& spacing);

// image: float32 [C, D, H, W] on `from` -> the same on `grid`, which has from's direction.
// interpolation: linear (edge voxels continue outwards) or bspline (order 3 through the voxels,
// mirrored at the edges; as ITK's B-spline interpolator and SciPy's order 3 `mirror`). An image
// that is moved in is freed as soon as it was read.
torch::Tensor resample_image(torch::Tensor image, const Geometry& from, const Geometry& grid,
                             Interpolation interpolation, int threads = 0);

// Coefficients of the B-spline through image, float32 [C, D, H, W]: the same size.
torch::Tensor bspline_coefficients(const torch::Tensor& image, int threads = 0);

// label: uint8 [D, H, W] -> the same on `grid`. interpolation: nearest, floor(x + 0.5 + 1e-6) per
// axis, or linear_onehot: the label whose linearly interpolated one-hot is largest; among equals
// (to 1e-6) the nearest voxel's, else the highest, so that no structure loses to the background.
torch::Tensor resample_label(const torch::Tensor& label, const Geometry& from, const Geometry& grid,
                             LabelInterpolation interpolation, int threads = 0);

}  // namespace seg
