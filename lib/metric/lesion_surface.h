#pragma once
// HD95 and NSD as the scripts of the BraTS challenges take them.
#include "metric/nearest_point.h"
#include "metric/run_mask.h"
#include "metric/surface_elements.h"

namespace seg {

// The surface of some runs of a volume.
class LesionSurface {
 public:
  // rows: of a slice, H. Border voxels are looked for only where `with_border` is set.
  LesionSurface(const std::vector<Run>& runs, std::int64_t rows, const Dhw<double>& spacing,
                bool with_border);

  bool empty() const { return elements_.empty(); }

  friend double hd95_by_area(const LesionSurface& a, const LesionSurface& b);
  friend std::vector<double> nsd_of_borders(const LesionSurface& a, const LesionSurface& b,
                                            const std::vector<double>& tolerances);

 private:
  std::vector<GridPoint> elements_, border_;
  std::vector<double> areas_;
  NearestPoint to_elements_, to_border_;
};

// DeepMind's: per direction the surface elements sorted by distance, the first at which 95 % of the
// area is reached, no interpolation; the larger of both. Neither is empty.
double hd95_by_area(const LesionSurface& a, const LesionSurface& b);

// For each tolerance (mm) the mean of the two shares of border voxels, those with one of their 6
// neighbours outside, that are no farther from the other's border. Neither is empty.
std::vector<double> nsd_of_borders(const LesionSurface& a, const LesionSurface& b,
                                   const std::vector<double>& tolerances);

}  // namespace seg
