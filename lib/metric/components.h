#pragma once
// Connected parts of a mask.
#include "metric/run_mask.h"

namespace seg {

struct Components {
  std::int32_t count = 0;
  std::vector<std::int32_t> of_run;  // 0 .. count - 1 for each run, in C order of first voxels
};

// 26-connected: by faces, edges and corners. Linear in the runs.
Components components(const RunMask& mask);

// The components of the mask dilated `dilation` times, each cut back to the mask.
struct DilatedGroups {
  Components groups;      // of the mask's runs
  RunMask dilated;        // the groups' surroundings, group by group
  Components of_dilated;  // the same numbers for the runs of `dilated`
};

DilatedGroups group(const RunMask& mask, int dilation);

}  // namespace seg
