#include "image/nifti_header.h"

#include "image/byte_order.h"
#include "image/volume_fault.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace seg {
namespace {

// Numbers at byte offsets, in the file's byte order.
struct Fields {
  std::string_view bytes;
  bool swapped;

  template <class T>
  T at(std::size_t offset) const {
    return number_at<T>(bytes, offset, swapped);
  }
};

// What both versions of the format hold, as numbers wide enough for either.
struct Raw {
  std::array<std::int64_t, 8> dim;
  int type;
  double offset, slope, intercept;
  NiftiForms forms;
};

template <class Real>
void read_forms(const Fields& f, std::size_t pixdim, std::size_t quatern, std::size_t sform,
                NiftiForms& forms) {
  for (std::size_t i = 0; i < 8; ++i)
    forms.pixdim[i] = static_cast<double>(f.at<Real>(pixdim + i * sizeof(Real)));
  for (std::size_t i = 0; i < 3; ++i) {
    forms.quaternion[i] = static_cast<double>(f.at<Real>(quatern + i * sizeof(Real)));
    forms.offset[i] = static_cast<double>(f.at<Real>(quatern + (3 + i) * sizeof(Real)));
  }
  for (std::size_t i = 0; i < 12; ++i)
    forms.sform[i] = static_cast<double>(f.at<Real>(sform + i * sizeof(Real)));
}

Raw read_version_1(const Fields& f) {
  Raw raw{};
  for (std::size_t i = 0; i < 8; ++i) raw.dim[i] = f.at<std::int16_t>(40 + i * 2);
  raw.type = f.at<std::int16_t>(70);
  raw.offset = static_cast<double>(f.at<float>(108));
  raw.slope = static_cast<double>(f.at<float>(112));
  raw.intercept = static_cast<double>(f.at<float>(116));
  raw.forms.units = f.at<std::uint8_t>(123);
  raw.forms.qform_code = f.at<std::int16_t>(252);
  raw.forms.sform_code = f.at<std::int16_t>(254);
  read_forms<float>(f, 76, 256, 280, raw.forms);
  return raw;
}

Raw read_version_2(const Fields& f) {
  Raw raw{};
  for (std::size_t i = 0; i < 8; ++i) raw.dim[i] = f.at<std::int64_t>(16 + i * 8);
  raw.type = f.at<std::int16_t>(12);
  raw.offset = static_cast<double>(f.at<std::int64_t>(168));
  raw.slope = f.at<double>(176);
  raw.intercept = f.at<double>(184);
  raw.forms.units = f.at<std::int32_t>(500) & 0xff;
  raw.forms.qform_code = f.at<std::int32_t>(344);
  raw.forms.sform_code = f.at<std::int32_t>(348);
  read_forms<double>(f, 104, 352, 400, raw.forms);
  return raw;
}

constexpr std::size_t bytes_of_version(int version) { return version == 1 ? 348 : 540; }

// Version and byte order, by the first field: the header's own size.
bool recognise(std::string_view bytes, NiftiHeader& header) {
  for (const bool swapped : {false, true})
    for (const int version : {1, 2})
      if (bytes.size() >= 4 && Fields{bytes, swapped}.at<std::int32_t>(0) ==
                                   static_cast<std::int32_t>(bytes_of_version(version))) {
        header.version = version;
        header.swapped = swapped;
        return true;
      }
  return false;
}

void check_magic(std::string_view bytes, int version, const std::string& file) {
  const std::string_view magic = bytes.substr(version == 1 ? 344 : 4, version == 1 ? 4 : 8);
  if (magic ==
      (version == 1 ? std::string_view("n+1\0", 4) : std::string_view("n+2\0\r\n\032\n", 8)))
    return;
  if (magic.starts_with("ni1") || magic.starts_with("ni2"))
    fail_volume(VolumeFault::not_nifti,
                "{}: is the header of a .hdr/.img pair; convert it to one .nii.gz file", file);
  fail_volume(
      VolumeFault::not_nifti,
      "{}: is an Analyze file or its header is damaged (no NIfTI magic); convert it to NIfTI",
      file);
}

void read_size(const std::array<std::int64_t, 8>& dim, NiftiHeader& header,
               const std::string& file) {
  const std::int64_t count = dim[0];
  if (count < 1 || count > 7)
    fail_volume(VolumeFault::header, "{}: its header claims {} dimensions; the file is damaged",
                file, count);
  for (std::size_t i = 1; i <= static_cast<std::size_t>(count); ++i)
    if (dim[i] < 1)
      fail_volume(VolumeFault::dimensions,
                  "{}: has no voxels (dimension {} is {}); the file is damaged", file, i, dim[i]);
  if (count < 3)
    fail_volume(VolumeFault::dimensions,
                "{}: is {}-dimensional; a 3D volume is needed (stack the slices into one)", file,
                count);
  std::int64_t used = count;
  while (used > 3 && dim[static_cast<std::size_t>(used)] == 1) --used;
  if (used == 5 && dim[4] == 1)
    fail_volume(VolumeFault::dimensions,
                "{}: has {} values per voxel; a scalar volume is needed (one file per channel)",
                file, dim[5]);
  if (used > 3)
    fail_volume(
        VolumeFault::dimensions,
        "{}: is {}-dimensional; a single 3D volume is needed (split it into one file per channel)",
        file, used);
  header.size = {dim[1], dim[2], dim[3]};
}

VoxelType voxel_type(int code, const std::string& file) {
  const char* refused = code == 1                                    ? "one-bit"
                        : code == 32 || code == 1792 || code == 2048 ? "complex"
                        : code == 128 || code == 2304                ? "RGB colour"
                        : code == 1536                               ? "128-bit"
                                                                     : nullptr;
  if (refused)
    fail_volume(VolumeFault::voxel_type,
                "{}: has {} voxels; real numbers are needed (convert it to float32)", file,
                refused);
  if (bytes_each(static_cast<VoxelType>(code)) == 0)
    fail_volume(VolumeFault::voxel_type,
                "{}: has the unknown voxel type {}; the file is damaged, or convert it to float32",
                file, code);
  return static_cast<VoxelType>(code);
}

constexpr double most_offset = 1 << 24;  // exact as the float that NIfTI-1 has for it

// Where the voxels begin, and how many bytes they take; both without overflow.
void read_extent(const Raw& raw, NiftiHeader& header, const std::string& file) {
  const double least = static_cast<double>(bytes_of_version(header.version)) + 4;
  if (!(raw.offset >= least && raw.offset <= most_offset) || raw.offset != std::floor(raw.offset))
    fail_volume(
        VolumeFault::header,
        "{}: its voxels are said to begin at byte {}, not a whole number from {} to {}; the "
        "header is damaged",
        file, raw.offset, least, most_offset);
  header.voxel_offset = static_cast<std::int64_t>(raw.offset);
  std::int64_t bytes = bytes_each(header.type);
  bool overflow = false;
  for (const std::int64_t n : header.size)
    overflow = overflow || __builtin_mul_overflow(bytes, n, &bytes);
  if (overflow || bytes > std::numeric_limits<std::int64_t>::max() - header.voxel_offset)
    fail_volume(VolumeFault::header,
                "{}: its header claims {} x {} x {} voxels; the file is damaged", file,
                header.size[0], header.size[1], header.size[2]);
  header.voxel_bytes = bytes;
}

// The standard: a slope of 0 means that nothing is scaled; one that is no number says nothing
// either.
void read_scaling(const Raw& raw, NiftiHeader& header, const std::string& file) {
  if (raw.slope == 0 || !std::isfinite(raw.slope)) return;
  if (!std::isfinite(raw.intercept))
    fail_volume(VolumeFault::header,
                "{}: its scl_inter is {} although scl_slope is {}; correct the header", file,
                raw.intercept, raw.slope);
  header.slope = raw.slope;
  header.intercept = raw.intercept;
}

}  // namespace

NiftiHeader parse_nifti_header(std::string_view bytes, const std::string& file) {
  NiftiHeader header;
  if (!recognise(bytes, header))
    fail_volume(VolumeFault::not_nifti,
                "{}: is not a NIfTI file (nor NRRD nor MetaImage), or its header is damaged", file);
  if (bytes.size() < bytes_of_version(header.version))
    fail_volume(VolumeFault::truncated,
                "{}: ends within its header; the file is truncated, fetch it again", file);
  check_magic(bytes, header.version, file);
  const Fields fields{bytes, header.swapped};
  const Raw raw = header.version == 1 ? read_version_1(fields) : read_version_2(fields);
  header.type = voxel_type(raw.type, file);
  read_size(raw.dim, header, file);
  read_extent(raw, header, file);
  read_scaling(raw, header, file);
  header.affine = nifti_affine(raw.forms, file);
  header.conflict = nifti_conflict(raw.forms, header.affine, header.size);
  return header;
}

std::string header_for_itk(const NiftiHeader& h, const std::string& file) {
  std::string bytes(352, '\0');
  const auto put = [&](std::size_t at, auto value) { put_number(bytes, at, value, h.swapped); };
  const auto put_int = [&](std::size_t at, std::int64_t v) {
    put(at, static_cast<std::int16_t>(v));
  };
  const auto put_real = [&](std::size_t at, double v) { put(at, static_cast<float>(v)); };
  const std::int64_t each = bytes_each(h.type);
  const VoxelType same_width = each == 1   ? VoxelType::uint8
                               : each == 2 ? VoxelType::int16
                               : each == 4 ? VoxelType::int32
                                           : VoxelType::int64;
  put(0, std::int32_t{348});
  for (std::size_t i = 0; i < 8; ++i) put_int(40 + 2 * i, i == 0 ? 3 : 1);
  put_int(70, static_cast<std::int64_t>(same_width));
  put_int(72, 8 * each);
  put_real(76, 1);
  put_real(108, static_cast<double>(h.voxel_offset));
  put_real(112, 1);
  bytes[123] = 2;   // millimetres
  put_int(254, 1);  // sform_code
  for (std::size_t a = 0; a < 3; ++a) {
    if (h.size[a] > std::numeric_limits<std::int16_t>::max())
      fail_volume(VolumeFault::dimensions,
                  "{}: has {} voxels along {}; at most 32767 are read, so crop it", file, h.size[a],
                  "xyz"[a]);
    put_int(42 + 2 * a, h.size[a]);
    put_real(80 + 4 * a, h.affine.spacing[a]);
    for (std::size_t r = 0; r < 3; ++r)
      put_real(280 + 16 * r + 4 * a, h.affine.axis[a][r] * h.affine.spacing[a]);
    put_real(292 + 16 * a, h.affine.origin[a]);
  }
  bytes.replace(344, 3, "n+1");
  return bytes;
}

}  // namespace seg
