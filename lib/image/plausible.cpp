#include "image/plausible.h"

#include "image/volume_fault.h"

#include <cmath>

namespace seg {

void require_plausible(const Xyz<double>& spacing, const Xyz<double>& origin,
                       const std::string& file) {
  constexpr double rounding = 1 + 1e-6;  // files hold floats
  for (std::size_t a = 0; a < 3; ++a)
    if (!(spacing[a] * rounding >= least_spacing && spacing[a] <= most_spacing * rounding))
      fail_volume(
          VolumeFault::spacing,
          "{}: has a voxel spacing of {:.6g} mm along {}, which is not {} to {} mm; correct "
          "the header or its unit of length",
          file, spacing[a], "xyz"[a], least_spacing, most_spacing);
  for (const double v : origin)
    if (!(std::abs(v) <= farthest_origin))
      fail_volume(VolumeFault::header, "{}: its origin is at {:.6g} mm; correct the header", file,
                  v);
}

void require_plausible(const Geometry& g, const std::string& file) {
  require_plausible(g.spacing, g.origin, file);
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double dot = a == b ? -1 : 0;
      for (std::size_t r = 0; r < 3; ++r) dot += g.direction[r * 3 + a] * g.direction[r * 3 + b];
      if (!(std::abs(dot) <= 1e-3))
        fail_volume(VolumeFault::direction,
                    "{}: its axes are not at right angles; resample it to an orthogonal grid",
                    file);
    }
}

}  // namespace seg
