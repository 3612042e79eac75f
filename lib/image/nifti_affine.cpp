#include "image/nifti_affine.h"

#include "image/nifti.h"
#include "image/plausible.h"
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

double dot(const Xyz<double>& v, const Xyz<double>& w) {
  return v[0] * w[0] + v[1] * w[1] + v[2] * w[2];
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
      const double cosine =
          dot(affine.column[a], affine.column[b]) / scale / length(affine.column[b]);
      if (!(std::abs(cosine) <= 1e-3))
        fail_volume(VolumeFault::direction,
                    "{}: its axes are not at right angles (a sheared {}); resample it to an "
                    "orthogonal grid",
                    file, form);
    }
  }
}

// The largest distance in mm between where the two put a corner of the volume.
double largest_gap(const NiftiAffine& used, const Affine& other, const Xyz<std::int64_t>& size) {
  double most = 0;
  for (int corner = 0; corner < 8; ++corner) {
    Xyz<double> gap{};
    for (std::size_t r = 0; r < 3; ++r) {
      gap[r] = used.origin[r] - other.column[3][r];
      for (std::size_t a = 0; a < 3; ++a)
        if ((corner >> a & 1) != 0)
          gap[r] += static_cast<double>(size[a] - 1) *
                    (used.axis[a][r] * used.spacing[a] - other.column[a][r]);
    }
    if (!(length(gap) <= most)) most = length(gap);  // NaN stays
  }
  return most;
}

// Each axis without what it has of those before it.
void straighten(std::array<Xyz<double>, 3>& axes) {
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const double along = dot(axes[a], axes[b]);
      for (std::size_t r = 0; r < 3; ++r) axes[a][r] -= along * axes[b][r];
    }
    const double scale = length(axes[a]);
    for (double& v : axes[a]) v /= scale;
  }
}

}  // namespace

NiftiAffine nifti_affine(const NiftiForms& f, const std::string& file) {
  check_spacing(f, file);
  const Affine affine = chosen(f);
  check_affine(f, affine, file);
  NiftiAffine out;
  out.origin = affine.column[3];
  for (std::size_t a = 0; a < 3; ++a) {
    const double scale = length(affine.column[a]),
                 said = std::abs(f.pixdim[a + 1]) * millimetres(f.units);
    // pixdim where it is the same number: it carries no rounding of the rotation.
    out.spacing[a] = std::abs(scale - said) <= 1e-5 * said ? said : scale;
    for (std::size_t r = 0; r < 3; ++r) out.axis[a][r] = affine.column[a][r] / scale;
  }
  straighten(out.axis);
  require_plausible(out.spacing, out.origin, file);
  return out;
}

std::string nifti_conflict(const NiftiForms& f, const NiftiAffine& used,
                           const Xyz<std::int64_t>& size) {
  const double limit = *std::min_element(used.spacing.begin(), used.spacing.end()) / 4;
  if (f.sform_code <= 0 && f.qform_code <= 0)
    return std::string(no_orientation) +
           "neither qform nor sform is set, so the axes are taken to run to the right, front and "
           "head";
  if (f.sform_code <= 0) return "";
  if (f.qform_code > 0) {
    const double gap = largest_gap(used, from_qform(f), size);
    return gap <= limit ? ""
                        : fmt::format(
                              "qform and sform put a corner of the volume {:.3g} mm apart; the "
                              "sform is used",
                              gap);
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const double said = std::abs(f.pixdim[a + 1]) * millimetres(f.units);
    if (std::abs(said - used.spacing[a]) * static_cast<double>(size[a]) > limit)
      return fmt::format("pixdim says {:.6g} mm along {}, the sform {:.6g} mm; the sform is used",
                         said, "xyz"[a], used.spacing[a]);
  }
  return "";
}

}  // namespace seg
