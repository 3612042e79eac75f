#pragma once
// What training sees of the data, to look at.
#include "report/picture.h"
#include "run/experiment.h"

namespace seg {

// `patches` augmented training patches of the first epoch, as the loader gives them, a row each of
// slices of most classes: the first channel, the labels outlined, the contour that loss.contour
// describes painted.
Picture preview(const Config& config, const Experiment& experiment, std::int64_t patches);

}  // namespace seg
