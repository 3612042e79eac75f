#pragma once
// The crop that training and evaluation in preprocessed space see.
#include "config/prep_config.h"
#include "prep/prepared_case.h"

namespace seg {

// Crops (a view) or pads prepared.image and .label to config.size, centred as config.centre says. Padding: each channel's minimum, label
// 255.
PreparedCase crop_case(const PreparedCase& prepared, const CropConfig& config);

}  // namespace seg
