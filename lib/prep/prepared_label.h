#pragma once
// The one way of a label map to the grid that training sees.
#include "config/prep_config.h"
#include "image/volume.h"

namespace seg {

// The grid of a case whose first channel lies on `first`: canonical axes, at prep.spacing.
Geometry prepared_grid(const Geometry& first, const PrepConfig& config);

// label: uint8 [D, H, W] of class indices, as the file has them -> the same on the case's prepared
// grid, by prep.label_interpolation. One on another grid than `first` is interpolated to it with
// prep.resample_to: first; without, it is prepared as a case of its own (preprocess refuses it
// before). threads: 0 for all cores.
Volume prepared_label(const Volume& label, const Geometry& first, const PrepConfig& config,
                      int threads = 0);

}  // namespace seg
