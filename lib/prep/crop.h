#pragma once
// The crop that training and evaluation in preprocessed space see.
#include "config/prep_config.h"
#include "prep/prepared_case.h"

namespace seg {

// Finds what crop_case and padding need of the whole volume: c.minimum, c.body (of the voxels of
// channel 0 above its mean) and c.foreground.
void measure(PreparedCase& c);

// Crops prepared.image and .label (views; the margins say how far the crop reaches beyond them) to
// config.size, centred as config.centre says; the whole volume is measured where it was not.
PreparedCase crop_case(const PreparedCase& prepared, const CropConfig& config);

}  // namespace seg
