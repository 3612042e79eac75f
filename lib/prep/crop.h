#pragma once
// The crop that training and evaluation in preprocessed space see.
#include "config/prep_config.h"
#include "prep/box.h"
#include "prep/prepared_case.h"

namespace seg {

// With prep.crop.centre: foreground a label says where training looks. Evaluation, whose cases
// stand for images without a label, takes the body's centre instead.
enum class CropFor { training, evaluation };

// The middle of the box around the voxels of channel [D, H, W] above its mean.
Dhw<double> body_centre(const torch::Tensor& channel);

// Finds what crop_case and padding need of the whole volume: c.minimum, c.foreground, and c.body
// (of channel 0) where it is not known yet.
void measure(PreparedCase& c);

// What evaluation keeps of c; all of it without config.size. The margins are no part of it.
Box evaluation_box(const PreparedCase& c, const CropConfig& config);

// Crops prepared.image and .label (views; the margins say how far the crop reaches beyond them) to
// config.size, centred as config.centre says; the whole volume is measured where it was not.
PreparedCase crop_case(const PreparedCase& prepared, const CropConfig& config, CropFor use);

}  // namespace seg
