#pragma once
// A preprocessed case as the cache holds it: canonical axes (RAS), resampled, z-scored, before the
// crop is applied as numbers.
#include "image/volume.h"

#include <optional>
#include <string>
#include <vector>

namespace seg {

struct PreparedCase {
  std::string id;
  torch::Tensor image = {};  // [C, D, H, W], a view of the memory map (never written to): float32,
                             // or int16 with prep.storage: int16
  torch::Tensor label = {};  // uint8 [D, H, W], class indices (not file values), 255 = ignore;
                             // undefined for a case without a label
  Geometry geometry = {};    // of the case as crop_case left it: `image` with its margins
  Dhw<std::int64_t> before{},
      after{};  // margins D, H, W: voxels by which the crop reaches beyond `image`
  std::vector<double> minimum =
      {};  // of each channel of the whole volume, as stored; empty: not known yet
  std::vector<double> slope = {},
                      intercept =
                          {};  // of each channel: value = slope stored + intercept; empty: 1 and 0
  std::optional<Dhw<double>> body = {},
                             foreground = {};  // centres D, H, W of the boxes that prep.crop.centre
                                               // names, in the whole volume

  std::int64_t size(int d) const {
    return image.size(d + 1) + before[d] + after[d];
  }  // voxels along axis d of D, H, W, margins included
};

// A part of c.image as float32 values: itself where that is what is stored. part: [C, ...].
torch::Tensor values_of(const PreparedCase& c, const torch::Tensor& part);

// The least value of each channel of the whole volume: what stands for voxels beyond its border.
std::vector<double> lowest_values(const PreparedCase& c);

// A part [C, D, H, W] of c.image, padded per side (before and after W, H, D, as constant_pad_nd has
// it) with each channel's minimum.
torch::Tensor padded_values(const PreparedCase& c, const torch::Tensor& part,
                            const std::vector<std::int64_t>& pads);

// The whole crop with its margins: float32 [C, D, H, W] and uint8 [D, H, W] (margins 255).
torch::Tensor whole_image(const PreparedCase& c);
torch::Tensor whole_label(const PreparedCase& c);

}  // namespace seg
