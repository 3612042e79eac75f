#pragma once
// HD95 and NSD as the scripts of the BraTS challenges take them.
#include "metric/point_set.h"
#include "metric/run_mask.h"
#include "metric/surface_elements.h"

namespace seg {

// The surface of some runs of a volume.
struct LesionSurface {
  PointSet elements;  // by their area
  PointSet border;    // voxels with one of their 6 neighbours outside

  // rows: of a slice, H. The border is looked for only where `with_border` is set.
  LesionSurface(const std::vector<Run>& runs, std::int64_t rows, const Dhw<double>& spacing,
                bool with_border);
};

// DeepMind's: per direction the surface elements sorted by distance, the first at which 95 % of the
// area is reached, no interpolation; the larger of both. Neither is empty.
double hd95_by_area(const LesionSurface& a, const LesionSurface& b);

// The mean of the two shares of border voxels that are no farther than `tolerance` (mm) from the
// other's border. Neither is empty.
double nsd_of_borders(const LesionSurface& a, const LesionSurface& b, double tolerance);

}  // namespace seg
