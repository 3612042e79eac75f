#include "image/nifti.h"

#include "core/error.h"
#include "core/files.h"

#include <itkNiftiImageIO.h>
#include <torch/torch.h>

namespace seg {
namespace fs = std::filesystem;
namespace {

using IO = itk::NiftiImageIO;

std::string first_line(const itk::ExceptionObject& e) {
  const std::string text = e.GetDescription();
  const std::size_t from = text.rfind(": ") == std::string::npos ? 0 : text.rfind(": ") + 2;
  return text.substr(from, text.find('\n', from) - from);
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

void write_image(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kFloat32), geometry, itk::IOComponentEnum::FLOAT);
}

void write_label(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kUInt8), geometry, itk::IOComponentEnum::UCHAR);
}

}  // namespace seg
