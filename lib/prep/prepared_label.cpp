#include "prep/prepared_label.h"

#include "image/orientation.h"
#include "image/same_grid.h"
#include "prep/resample.h"
#include "prep/resample_between.h"

#include <torch/types.h>

namespace seg {

Geometry prepared_grid(const Geometry& first, const PrepConfig& config) {
  return resampled_grid(reorient(first, canonical_orientation(first)), dhw_of(config.spacing));
}

Volume prepared_label(const Volume& label, const Geometry& first, const PrepConfig& config,
                      int threads) {
  const bool elsewhere = !grid_difference(first, label.geometry).empty();
  if (elsewhere && config.resample_to == ResampleTo::first) {
    const Geometry grid = prepared_grid(first, config);
    return {resample_label_between(label.voxels, label.geometry, grid, config.label_interpolation,
                                   threads),
            grid};
  }
  const Geometry& own = elsewhere ? label.geometry : first;
  const Volume canonical = reorient({label.voxels, own}, canonical_orientation(own));
  const Geometry grid = prepared_grid(own, config);
  return {resample_label(canonical.voxels, canonical.geometry, grid, config.label_interpolation,
                         threads),
          grid};
}

}  // namespace seg
