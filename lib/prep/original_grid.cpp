#include "prep/original_grid.h"

#include "image/orientation.h"
#include "prep/axis.h"
#include "prep/resample.h"

#include <torch/types.h>

namespace seg {

torch::Tensor label_on_original_grid(const torch::Tensor& label, const Geometry& prepared,
                                     const Geometry& original, LabelInterpolation interpolation,
                                     int threads) {
  const Orientation o = canonical_orientation(original);
  const Geometry canonical = reorient(original, o);
  torch::Tensor out = resample_label(label, prepared, canonical, interpolation, threads);
  if (out.is_same(label)) out = label.clone();
  for (int a = 0; a < 3; ++a) {
    const auto at = axis_positions(prepared, canonical, a);
    const double last = static_cast<double>(prepared.size[a]) - 0.5;
    for (std::int64_t i = 0; i < canonical.size[a]; ++i)
      if (const double p = at[static_cast<std::size_t>(i)]; p < -0.5 - 1e-6 || p > last + 1e-6)
        out.select(2 - a, i).zero_();
  }
  return reorient_back(out, o).contiguous();
}

}  // namespace seg
