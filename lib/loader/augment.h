#pragma once
// Augmentation: a rotation and a flip, each with the probability of the paper's Section 2.4 (about
// the axial axis and along one in the plane: choices), and further ones that are off unless the
// configuration asks for them. Drawing is apart from applying, so that a patch may be augmented on
// any device.
#include "config/training_config.h"
#include "loader/patches.h"

#include <optional>

namespace seg {

// What was drawn for a sample; what is not set is not done. A patch is changed in the order of the
// members.
struct Augmentation {
  double degrees = 0;  // rotation, counter-clockwise in the (W, H) plane; 0: none
  double scaling = 1;  // factor of the size
  std::optional<std::uint64_t> elastic = {};  // key of the random displacements
  double elastic_magnitude = 0;               // voxels, at the control points
  double elastic_spacing = 0;                 // voxels between control points
  double noise = 0;                           // standard deviation
  std::uint64_t noise_key = 0;                // of the random numbers
  double blur = 0;                            // standard deviation in voxels
  double brightness = 1;                      // factor
  double contrast = 1;                        // factor
  double low_resolution = 1;                  // share of the voxels kept along each axis
  double gamma = 1;                           // exponent
  int flip = 0;  // 0: none, 1: along W (left-right), 2: along H (front-back)
  std::vector<std::uint8_t> exchange = {};  // class -> class after a left-right flip; empty: none
};

// Draws augmentations as a function of (seed, epoch, sample).
class Augmenter {
 public:
  // classes: names by class index. Throws Error(config) where augmentation.swap_labels names no
  // class or one twice, or a range falls.
  Augmenter(const AugmentationConfig& config, const std::vector<std::string>& classes,
            std::uint64_t seed);

  Augmentation draw(std::uint64_t epoch, std::uint64_t sample) const;

 private:
  AugmentationConfig config_;
  std::vector<std::uint8_t> exchange_;
  std::uint64_t seed_;
};

// The patch augmented, on the device where it lies. Rotation, scaling and displacement are one
// resampling (image linear, label nearest; what it brings in: each channel's minimum, label 255).
Patch augment(const Patch& patch, const Augmentation& drawn);

// float32 [count]: Gaussian numbers, mean 0 and standard deviation 1, as a function of key and
// place: two neighbours from each 64-bit number of SplitMix64 (Box-Muller). The same on every
// device but for the rounding of logarithm and sine.
torch::Tensor gaussian_noise(std::uint64_t key, std::int64_t count, torch::Device device);

}  // namespace seg
