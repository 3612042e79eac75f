#pragma once
// What prep.crop cuts off the labels of evaluated cases: the DSC in preprocessed space knows
// nothing of it.
#include "run/experiment.h"

#include <string>

namespace seg {

struct CropLoss {
  std::string name;        // of a class
  double share = 0;        // of its voxels in all cases, at prep.spacing
  double largest = 0;      // share of its voxels in one case
  std::string largest_id;  // of that case
};

// The classes that lose voxels where evaluation crops `cases`, read from the cache.
std::vector<CropLoss> crop_losses(const Experiment& experiment, const std::vector<Case>& cases);

// One sentence: "prep.crop cuts off label voxels of these cases, which no DSC in preprocessed space
// counts: spleen 3.10 % (35.80 % in case amos_0007), ..."; or that it cuts off none.
std::string crop_loss_text(const std::vector<CropLoss>& losses);

}  // namespace seg
