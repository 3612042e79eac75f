#pragma once
// The lesions of one side, the reference or the prediction, in one region.
#include "metric/components.h"
#include "metric/lesion_rules.h"

namespace seg {

struct NamedLesion {
  Dhw<std::int64_t> first{};  // its first voxel [d, h, w] in C order, by which it is named
  std::int64_t voxels = 0;
};

// First the groups of the mask; tissues of brats2024 are then joined into lesions.
struct LesionGroups {
  RunMask mask;                               // without what was deleted
  Components groups;                          // of its runs
  RunMask dilated;                            // the surroundings of the groups
  Components of_dilated;                      // -1: of a group that was deleted
  std::vector<std::int32_t> number_of_group;  // 0 ..: by the first voxel (w, h, d) of the dilated
  std::vector<std::int32_t> lesion_of_group;
  std::vector<NamedLesion> lesions;  // in C order of first voxels
  std::vector<NamedLesion> dropped;  // groups that were deleted
};

// Groups of a mask, those of at most `drop_voxels` deleted; each is a lesion.
LesionGroups lesion_groups(const RunMask& mask, int dilation, std::int64_t drop_voxels);

// The four tissues of one side of brats2024.
struct Tissues {
  LesionGroups *netc, *et, *rc, *snfh;
};

// A lesion that has contact with lesions of another tissue, by faces or edges, goes to the first of
// them; those of one tissue that go to the same become one lesion, near or far. That depends on the
// numbers, and so on the orientation of the file: kept, as published figures do.
void join_tissues(const Tissues& tissues);

}  // namespace seg
