#include "image/nifti.h"

#include "core/error.h"
#include "core/files.h"

#include <itkNiftiImageIO.h>
#include <torch/torch.h>

#include <cmath>
#include <fstream>

namespace seg {
namespace fs = std::filesystem;
namespace {

using IO = itk::NiftiImageIO;

std::string first_line(const itk::ExceptionObject& e) {
  const std::string text = e.GetDescription();
  const std::size_t from = text.rfind(": ") == std::string::npos ? 0 : text.rfind(": ") + 2;
  return text.substr(from, text.find('\n', from) - from);
}

void check_is_nifti(const fs::path& path) {
  if (!fs::is_regular_file(path)) fail_data("{}: there is no such file", path.string());
  if (fs::file_size(path) == 0) fail_data("{}: the file is empty", path.string());
  std::ifstream in(path, std::ios::binary);
  std::string start(64, '\0');
  in.read(start.data(), 64);
  if (start.starts_with("version https://git-lfs"))
    fail_data("{}: is a Git LFS pointer, not the volume; fetch the real file with 'git lfs pull'", path.string());
}

IO::Pointer open(const fs::path& path) {
  check_is_nifti(path);
  IO::Pointer io = IO::New();
  try {
    if (!io->CanReadFile(path.c_str())) fail_data("{}: is not a NIfTI file, or its header is damaged", path.string());
    io->SetFileName(path.string());
    io->ReadImageInformation();
  } catch (const itk::ExceptionObject& e) {
    fail_data("{}: cannot be read as NIfTI ({})", path.string(), first_line(e));
  }
  unsigned dimensions = io->GetNumberOfDimensions();
  while (dimensions > 3 && io->GetDimensions(dimensions - 1) == 1) --dimensions;
  if (dimensions != 3)
    fail_data("{}: is {}-dimensional; a single 3D volume is needed (split a 4D file into one file per channel)", path.string(), dimensions);
  if (io->GetNumberOfComponents() != 1)
    fail_data("{}: has {} values per voxel (complex, RGB or vector); a scalar volume is needed", path.string(),
              io->GetNumberOfComponents());
  return io;
}

Geometry geometry_of(IO& io, const fs::path& path) {
  Geometry g;
  for (unsigned a = 0; a < 3; ++a) {
    g.size[a] = static_cast<std::int64_t>(io.GetDimensions(a));
    g.spacing[a] = io.GetSpacing(a);
    g.origin[a] = io.GetOrigin(a);
    const auto axis = io.GetDirection(a);
    for (unsigned r = 0; r < 3; ++r) g.direction[r * 3 + a] = axis[r];
    if (g.size[a] < 1) fail_data("{}: has no voxels", path.string());
    if (!(g.spacing[a] > 0) || !std::isfinite(g.spacing[a]))
      fail_data("{}: has a voxel spacing of {} mm; correct the header", path.string(), g.spacing[a]);
  }
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b) {
      double dot = 0;
      for (int r = 0; r < 3; ++r) dot += g.direction[r * 3 + a] * g.direction[r * 3 + b];
      if (std::abs(dot - (a == b)) > 1e-3)
        fail_data("{}: its axes are not at right angles (a sheared or degenerate affine); resample it to an orthogonal grid",
                  path.string());
    }
  return g;
}

torch::ScalarType type_of(itk::IOComponentEnum component, const fs::path& path) {
  switch (component) {
    case itk::IOComponentEnum::UCHAR: return torch::kUInt8;
    case itk::IOComponentEnum::CHAR: return torch::kInt8;
    case itk::IOComponentEnum::USHORT: return torch::kUInt16;
    case itk::IOComponentEnum::SHORT: return torch::kInt16;
    case itk::IOComponentEnum::UINT: return torch::kUInt32;
    case itk::IOComponentEnum::INT: return torch::kInt32;
    case itk::IOComponentEnum::LONG:
    case itk::IOComponentEnum::LONGLONG: return torch::kInt64;
    case itk::IOComponentEnum::FLOAT: return torch::kFloat32;
    case itk::IOComponentEnum::DOUBLE: return torch::kFloat64;
    default: fail_data("{}: has a voxel type that is not supported", path.string());
  }
}

// The voxels in the file's own type (rescaled to float by ITK where there is a slope), [D, H, W].
torch::Tensor read_voxels(IO& io, const Geometry& g, const fs::path& path) {
  torch::Tensor voxels = torch::empty({g.size[2], g.size[1], g.size[0]}, type_of(io.GetComponentType(), path));
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned a = 0; a < io.GetNumberOfDimensions(); ++a) {
    region.SetIndex(a, 0);
    region.SetSize(a, io.GetDimensions(a));
  }
  io.SetIORegion(region);
  try {
    io.Read(voxels.data_ptr());
  } catch (const itk::ExceptionObject& e) {
    fail_data("{}: its voxels cannot be read ({}); the file is truncated or damaged", path.string(), first_line(e));
  }
  return voxels;
}

void write(const fs::path& path, const torch::Tensor& voxels, const Geometry& g, itk::IOComponentEnum component) {
  const torch::Tensor data = voxels.contiguous();
  write_beside(path, [&](const fs::path& temporary) {
    IO::Pointer io = IO::New();
    io->SetFileName(temporary.string());
    io->SetNumberOfDimensions(3);
    io->SetComponentType(component);
    io->SetPixelType(itk::IOPixelEnum::SCALAR);
    io->SetNumberOfComponents(1);
    itk::ImageIORegion region(3);
    for (unsigned a = 0; a < 3; ++a) {
      io->SetDimensions(a, static_cast<itk::SizeValueType>(g.size[a]));
      io->SetSpacing(a, g.spacing[a]);
      io->SetOrigin(a, g.origin[a]);
      io->SetDirection(a, std::vector<double>{g.direction[a], g.direction[3 + a], g.direction[6 + a]});
      region.SetIndex(a, 0);
      region.SetSize(a, static_cast<itk::SizeValueType>(g.size[a]));
    }
    io->SetIORegion(region);
    try {
      io->WriteImageInformation();
      io->Write(data.data_ptr());
    } catch (const itk::ExceptionObject& e) {
      fail("{}: cannot be written ({}); check the folder's rights and free space", path.string(), first_line(e));
    }
  });
}

}  // namespace

Geometry read_geometry(const fs::path& path) { return geometry_of(*open(path), path); }

Volume read_image(const fs::path& path) {
  const IO::Pointer io = open(path);
  const Geometry g = geometry_of(*io, path);
  return {read_voxels(*io, g, path).to(torch::kFloat32).unsqueeze(0), g};
}

Volume read_label(const fs::path& path) {
  const IO::Pointer io = open(path);
  const Geometry g = geometry_of(*io, path);
  const torch::Tensor raw = read_voxels(*io, g, path);
  if (!raw.is_floating_point()) return {raw.to(torch::kInt32), g};
  const torch::Tensor whole = raw.round();
  const torch::Tensor off = ((raw - whole).abs() <= 1e-4).logical_not();  // NaN is off, too
  if (off.any().item<bool>())
    fail_data("{}: the label has the value {}, which is not an integer; it is an image, or was resampled as one", path.string(),
              raw.masked_select(off)[0].item<double>());
  return {whole.to(torch::kInt32), g};
}

void write_image(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kFloat32), geometry, itk::IOComponentEnum::FLOAT);
}

void write_label(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kUInt8), geometry, itk::IOComponentEnum::UCHAR);
}

}  // namespace seg
