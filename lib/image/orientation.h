#pragma once
// Canonical axes as nibabel's closest canonical (RAS+): x runs to the right, y to the front, z
// upwards. Permutes and flips only.
#include "image/volume.h"

#include <array>

namespace seg {

// How a file's axes become canonical: canonical axis a is file axis source[a], reversed where
// flipped[a]. Axes x, y, z.
struct Orientation {
  std::array<int, 3> source = {0, 1, 2};
  std::array<bool, 3> flipped = {false, false, false};
};

// The closest one: each file axis goes to the patient axis it is most along.
Orientation canonical_orientation(const Geometry& geometry);

// Permutes and flips voxels [..., D, H, W] and their geometry; and the way back, given the original
// geometry's orientation.
Volume reorient(const Volume& volume, const Orientation& orientation);
Geometry reorient(const Geometry& geometry, const Orientation& orientation);
torch::Tensor reorient_back(const torch::Tensor& voxels, const Orientation& orientation);

}  // namespace seg
