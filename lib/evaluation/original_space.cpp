#include "evaluation/original_space.h"

#include "core/ignore.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "prep/class_indices.h"
#include "prep/resample_between.h"

#include <torch/types.h>

namespace seg {

LabelPair on_label_file(const Case& c, const LabelMap& map, const Geometry& prepared,
                        const PredictOnGrid& predict) {
  const Volume file = read_label(c.label);
  LabelPair pair{{}, known_class_indices(file.voxels, map.to_class, c.id, c.label), file.geometry};
  const bool elsewhere = !grid_difference(read_geometry(c.channels[0]), file.geometry).empty();
  if (elsewhere) {  // prep.resample_to: first
    pair.prediction = resample_label_between(predict(prepared), prepared, file.geometry,
                                             LabelInterpolation::linear_onehot);
    pair.prediction.masked_fill_(pair.prediction == kIgnore, 0);
  } else {
    const Orientation o = canonical_orientation(file.geometry);
    pair.prediction = reorient_back(predict(reorient(file.geometry, o)), o).contiguous();
  }
  return pair;
}

}  // namespace seg
