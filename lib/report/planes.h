#pragma once
// The three planes through a volume, and in each the slice that shows a prediction's largest error.
#include "core/axes.h"

#include <torch/types.h>

#include <array>
#include <cstdint>

namespace seg {

// A plane as radiologists look at it: front or head up, the patient's right or front on the left.
struct Plane {
  const char* name;
  std::int64_t axis;  // of [D, H, W], across it
  char left, right, top, bottom;
};

constexpr std::array<Plane, 3> kPlanes = {{{"Axial", 0, 'R', 'L', 'A', 'P'},
                                           {"Coronal", 1, 'R', 'L', 'S', 'I'},
                                           {"Sagittal", 2, 'A', 'P', 'S', 'I'}}};

// The slice [h, w] of a canonical (RAS) volume [D, H, W].
torch::Tensor slice_of(const torch::Tensor& volume, const Plane& plane, std::int64_t index);

// Millimetres from one row of the plane's slice to the next, and from one column to the next.
std::array<double, 2> pixel_size(const Dhw<double>& spacing, const Plane& plane);

struct ChosenSlice {
  std::int64_t index = 0;
  std::int64_t wrong = 0;  // its voxels that are labelled otherwise than in truth
};

// For each plane the slice with most wrong voxels; of equal ones that with most voxels labelled in
// truth or prediction, then the first; the middle where nothing is labelled. Voxels ignored in
// truth count nowhere. truth, prediction: uint8 [D, H, W].
std::array<ChosenSlice, 3> slices_of_largest_error(const torch::Tensor& truth,
                                                   const torch::Tensor& prediction);

}  // namespace seg
