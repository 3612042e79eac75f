// Real files: the odd ones each give the right result or one sentence, the good ones what ITK
// gives.
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/support.h"

#include <itkNiftiImageIO.h>
#include <torch/types.h>

#include <cmath>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

struct ItkVolume {
  Geometry geometry;
  torch::Tensor voxels;  // float64 [D, H, W]
};

torch::ScalarType torch_type(itk::IOComponentEnum component) {
  switch (component) {
    case itk::IOComponentEnum::UCHAR: return torch::kUInt8;
    case itk::IOComponentEnum::CHAR: return torch::kInt8;
    case itk::IOComponentEnum::USHORT: return torch::kUInt16;
    case itk::IOComponentEnum::SHORT: return torch::kInt16;
    case itk::IOComponentEnum::INT: return torch::kInt32;
    case itk::IOComponentEnum::FLOAT: return torch::kFloat32;
    default: return torch::kFloat64;
  }
}

ItkVolume itk_read(const fs::path& path) {
  const auto io = itk::NiftiImageIO::New();
  io->SetFileName(path.string());
  io->ReadImageInformation();
  ItkVolume v;
  itk::ImageIORegion region(io->GetNumberOfDimensions());
  for (unsigned a = 0; a < io->GetNumberOfDimensions(); ++a) {
    region.SetIndex(a, 0);
    region.SetSize(a, io->GetDimensions(a));
  }
  for (unsigned a = 0; a < 3; ++a) {
    v.geometry.size[a] = static_cast<std::int64_t>(io->GetDimensions(a));
    v.geometry.spacing[a] = io->GetSpacing(a);
    v.geometry.origin[a] = io->GetOrigin(a);
    for (unsigned r = 0; r < 3; ++r) v.geometry.direction[r * 3 + a] = io->GetDirection(a)[r];
  }
  io->SetIORegion(region);
  const torch::Tensor raw =
      torch::empty({v.geometry.size[2], v.geometry.size[1], v.geometry.size[0]},
                   torch_type(io->GetComponentType()));
  io->Read(raw.data_ptr());
  v.voxels = raw.to(torch::kFloat64);
  return v;
}

void check_as_itk(const fs::path& path) {
  INFO(path.string());
  const ItkVolume theirs = itk_read(path);
  const Volume ours = read_image(path);
  REQUIRE(ours.geometry.size == theirs.geometry.size);
  for (std::size_t a = 0; a < 3; ++a) {
    CHECK(ours.geometry.spacing[a] == Approx(theirs.geometry.spacing[a]).epsilon(1e-5));
    CHECK(std::abs(ours.geometry.origin[a] - theirs.geometry.origin[a]) < 1e-4);
  }
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(std::abs(ours.geometry.direction[i] - theirs.geometry.direction[i]) < 1e-5);
  const torch::Tensor want = theirs.voxels.to(torch::kFloat32);
  CHECK(ours.voxels[0].equal(want));
}

}  // namespace

TEST_CASE("every good real volume has ITK's voxels and geometry", "[image][real]") {
  SEG_REAL_DATA(root);
  int files = 0;
  for (const char* folder : {"brats_expert", "brats_4ch", "amos_like"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      check_as_itk(entry.path());
      CHECK(read_header(entry.path()).conflict.empty());
      ++files;
    }
  CHECK(files >= 20);
  for (const char* name : {"RAS", "LPS", "PIR", "SAL", "ILP", "oblique_LAS_5.5mm_flair", "UINT16",
                           "big", "with_extension", "int32_slope2e-10_mask"})
    check_as_itk(root / "hard" / (std::string(name) + ".nii.gz"));
  check_as_itk(root / "hard" / "anatomical.nii");
}

TEST_CASE("five orientations of one brain are one canonical volume", "[image][real]") {
  SEG_REAL_DATA(root);
  const auto canonical = [&](const char* name) {
    const Volume v = read_image(root / "hard" / (std::string(name) + ".nii.gz"));
    return reorient(v, canonical_orientation(v.geometry));
  };
  const Volume first = canonical("RAS");
  for (const char* name : {"LPS", "PIR", "SAL", "ILP"}) {
    const Volume other = canonical(name);
    INFO(name);
    CHECK(other.voxels.equal(first.voxels));
    CHECK(other.geometry.size == first.geometry.size);
    CHECK(other.geometry.spacing == first.geometry.spacing);
    for (std::size_t i = 0; i < 9; ++i)
      CHECK(other.geometry.direction[i] == Approx(first.geometry.direction[i]).margin(1e-9));
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(other.geometry.origin[i] == Approx(first.geometry.origin[i]).margin(1e-3));
  }
}

TEST_CASE("odd real files: the right result or one sentence", "[image][real]") {
  SEG_REAL_DATA(root);
  const fs::path hard = root / "hard";
  refused(hard / "shear.nii.gz", VolumeFault::direction, "not at right angles");
  refused(hard / "example4d.nii.gz", VolumeFault::dimensions, "4-dimensional");
  refused(hard / "example_nifti2.nii.gz", VolumeFault::dimensions, "4-dimensional");
  refused(hard / "complex_image.nii.gz", VolumeFault::voxel_type, "complex");
  refused(hard / "lfs_pointer.nii.gz", VolumeFault::not_nifti, "git lfs pull");
  refused(hard / "not-nifti.nii", VolumeFault::not_nifti, "not a NIfTI file");
  refused(hard / "truncated_real_t1c.nii.gz", VolumeFault::truncated, "truncated");

  const Volume nan = read_image(hard / "resampled_anat_moved.nii");
  CHECK(nan.voxels.isnan().sum().item<int>() == 153);
  CHECK(nan.geometry.size == Xyz<std::int64_t>{17, 21, 3});

  const Volume mask = read_label(hard / "int32_slope2e-10_mask.nii.gz");
  CHECK(mask.voxels.max().item<int>() == 1);
  CHECK(mask.voxels.min().item<int>() == 0);
  refused(hard / "RAS.nii.gz", VolumeFault::label_value, "not an integer",
          [](const fs::path& p) { read_label(p); });
}
