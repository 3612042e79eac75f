#include "image/nifti_affine.h"

#include "image/volume_fault.h"

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// Columns are the axes in mm per voxel, the last one the origin. RAS.
struct Affine {
  std::array<Xyz<double>, 4> column = {};
};

double millimetres(int units) {
  switch (units & 7) {
    case 1: return 1000;
    case 3: return 0.001;
    default: return 1;
  }
}

double length(const Xyz<double>& v) { return std::hypot(v[0], v[1], v[2]); }

Affine from_sform(const NiftiForms& f) {
  Affine affine;
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 4; ++c)
      affine.column[c][r] = f.sform[r * 4 + c] * millimetres(f.units);
  return affine;
}

// Rotation of the quaternion (a, b, c, d), a >= 0, third axis turned round where pixdim[0] is
// negative.
Affine from_qform(const NiftiForms& f) {
  auto [b, c, d] = f.quaternion;
  double a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    const double scale = 1 / std::sqrt(b * b + c * c + d * d);
    a = 0;
    b *= scale;
    c *= scale;
    d *= scale;
  } else {
    a = std::sqrt(a);
  }
  const double unit = millimetres(f.units), x = f.pixdim[1] * unit, y = f.pixdim[2] * unit,
               z = f.pixdim[3] * unit * (f.pixdim[0] < 0 ? -1 : 1);
  Affine affine;
  affine.column[0] = {(a * a + b * b - c * c - d * d) * x, 2 * (b * c + a * d) * x,
                      2 * (b * d - a * c) * x};
  affine.column[1] = {2 * (b * c - a * d) * y, (a * a + c * c - b * b - d * d) * y,
                      2 * (c * d + a * b) * y};
  affine.column[2] = {2 * (b * d + a * c) * z, 2 * (c * d - a * b) * z,
                      (a * a + d * d - b * b - c * c) * z};
  for (std::size_t r = 0; r < 3; ++r) affine.column[3][r] = f.offset[r] * unit;
  return affine;
}

Affine from_spacing(const NiftiForms& f) {
  Affine affine;
  for (std::size_t a = 0; a < 3; ++a) affine.column[a][a] = f.pixdim[a + 1] * millimetres(f.units);
  return affine;
}

Affine chosen(const NiftiForms& f) {
  return f.sform_code > 0 ? from_sform(f) : f.qform_code > 0 ? from_qform(f) : from_spacing(f);
}

void check_spacing(const NiftiForms& f, const std::string& file) {
  for (std::size_t a = 1; a <= 3; ++a) {
    const double size = f.sform_code > 0 ? std::abs(f.pixdim[a]) : f.pixdim[a];
    if (!(size > 0) || !std::isfinite(size))
      fail_volume(VolumeFault::spacing,
                  "{}: has a voxel spacing of {} mm along {}; correct the header", file,
                  f.pixdim[a], "xyz"[a - 1]);
  }
}

void check_affine(const NiftiForms& f, const Affine& affine, const std::string& file) {
  const char* form = f.sform_code > 0 ? "sform" : "qform";
  const double norm = f.quaternion[0] * f.quaternion[0] + f.quaternion[1] * f.quaternion[1] +
                      f.quaternion[2] * f.quaternion[2];
  if (f.sform_code <= 0 && f.qform_code > 0 && !(norm < 1 + 1e-3))
    fail_volume(
        VolumeFault::direction,
        "{}: its qform is no rotation (the quaternion is longer than 1); correct the header", file);
  for (const auto& column : affine.column)
    for (const double v : column)
      if (!std::isfinite(v))
        fail_volume(VolumeFault::direction, "{}: its {} holds {}; correct the header", file, form,
                    v);
  for (std::size_t a = 0; a < 3; ++a) {
    const double scale = length(affine.column[a]);
    if (!(scale > 0))
      fail_volume(VolumeFault::spacing, "{}: its {} gives axis {} no length; correct the header",
                  file, form, "xyz"[a]);
    for (std::size_t b = 0; b < a; ++b) {
      double dot = 0;
      for (std::size_t r = 0; r < 3; ++r)
        dot += affine.column[a][r] / scale * affine.column[b][r] / length(affine.column[b]);
      if (!(std::abs(dot) <= 1e-3))
        fail_volume(VolumeFault::direction,
                    "{}: its axes are not at right angles (a sheared {}); resample it to an "
                    "orthogonal grid",
                    file, form);
    }
  }
}

// Patient position in LPS of voxel (x, y, z).
Xyz<double> position(const Geometry& g, const Xyz<double>& voxel) {
  Xyz<double> p = g.origin;
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t a = 0; a < 3; ++a) p[r] += g.direction[r * 3 + a] * g.spacing[a] * voxel[a];
  return p;
}

Xyz<double> position(const Affine& affine, const Xyz<double>& voxel) {
  Xyz<double> p = affine.column[3];
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t a = 0; a < 3; ++a) p[r] += affine.column[a][r] * voxel[a];
  return {-p[0], -p[1], p[2]};
}

// The largest distance in mm between where the two put a corner of the volume.
double largest_gap(const Geometry& g, const Affine& other) {
  double most = 0;
  for (int corner = 0; corner < 8; ++corner) {
    Xyz<double> voxel{};
    for (std::size_t a = 0; a < 3; ++a)
      voxel[a] = (corner >> a & 1) != 0 ? static_cast<double>(g.size[a] - 1) : 0;
    const auto p = position(g, voxel), q = position(other, voxel);
    const double gap = std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
    if (!(gap <= most)) most = gap;  // NaN stays
  }
  return most;
}

}  // namespace

Geometry nifti_geometry(const NiftiForms& f, const Xyz<std::int64_t>& size,
                        const std::string& file) {
  check_spacing(f, file);
  const Affine affine = chosen(f);
  check_affine(f, affine, file);
  Geometry g;
  g.size = size;
  for (std::size_t r = 0; r < 3; ++r) g.origin[r] = (r < 2 ? -1 : 1) * affine.column[3][r];
  for (std::size_t a = 0; a < 3; ++a) {
    const double scale = length(affine.column[a]),
                 said = std::abs(f.pixdim[a + 1]) * millimetres(f.units);
    // pixdim where it is the same number: it carries no rounding of the rotation.
    g.spacing[a] = std::abs(scale - said) <= 1e-5 * said ? said : scale;
    for (std::size_t r = 0; r < 3; ++r)
      g.direction[r * 3 + a] = (r < 2 ? -1 : 1) * affine.column[a][r] / scale + 0.0;
  }
  return g;
}

std::string nifti_conflict(const NiftiForms& f, const Geometry& g) {
  const double limit = *std::min_element(g.spacing.begin(), g.spacing.end()) / 4;
  if (f.sform_code <= 0 && f.qform_code <= 0)
    return std::string(no_orientation) +
           "neither qform nor sform is set, so the axes are taken to run to the right, front and "
           "head";
  if (f.sform_code <= 0) return "";
  if (f.qform_code > 0) {
    const double gap = largest_gap(g, from_qform(f));
    return gap <= limit ? ""
                        : fmt::format(
                              "qform and sform put a corner of the volume {:.3g} mm apart; the "
                              "sform is used",
                              gap);
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const double said = std::abs(f.pixdim[a + 1]) * millimetres(f.units);
    if (std::abs(said - g.spacing[a]) * static_cast<double>(g.size[a]) > limit)
      return fmt::format("pixdim says {:.6g} mm along {}, the sform {:.6g} mm; the sform is used",
                         said, "xyz"[a], g.spacing[a]);
  }
  return "";
}

}  // namespace seg
