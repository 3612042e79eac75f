#pragma once
// What is done to labels once they are there, by ITK. Each class is looked at within its own
// bounding box: memory and time are those of the boxes, not of a volume per class.
#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace seg {

// labels: uint8 [D, H, W] class indices. Returns them with the largest component alone of each of
// `classes`; the rest of the class becomes background, 0. Voxels are connected by faces, edges and
// corners; of components of one size the one with the first voxel in C order stays. threads: 0 for
// all cores.
torch::Tensor keep_largest(const torch::Tensor& labels, const std::vector<std::int64_t>& classes,
                           int threads = 0);

// Returns the labels with the holes of each of `classes` filled, the lowest class first. A hole is
// made of voxels outside the class, connected by faces, that no way leads out of to the border of
// the volume; of them those that are background become the class, so that a class within another
// stays. An axis of one voxel has no border: a single slice is filled within its plane.
torch::Tensor fill_holes(const torch::Tensor& labels, const std::vector<std::int64_t>& classes,
                         int threads = 0);

}  // namespace seg
