#include "image/itk_write.h"

#include "core/error.h"
#include "image/itk_error.h"

#include <itkNiftiImageIO.h>

namespace seg {
namespace {

itk::IOComponentEnum component_of(VoxelType type) {
  switch (type) {
    case VoxelType::uint8: return itk::IOComponentEnum::UCHAR;
    case VoxelType::int16: return itk::IOComponentEnum::SHORT;
    case VoxelType::float32: return itk::IOComponentEnum::FLOAT;
    default: return itk::IOComponentEnum::UNKNOWNCOMPONENTTYPE;
  }
}

}  // namespace

void write_by_itk(const std::filesystem::path& file, const std::string& shown, const void* voxels,
                  const Geometry& g, VoxelType type, double slope, double intercept) {
  const auto io = itk::NiftiImageIO::New();
  io->SetFileName(file.string());
  io->SetNumberOfDimensions(3);
  io->SetComponentType(component_of(type));
  io->SetPixelType(itk::IOPixelEnum::SCALAR);
  io->SetNumberOfComponents(1);
  itk::ImageIORegion region(3);
  for (unsigned a = 0; a < 3; ++a) {
    io->SetDimensions(a, static_cast<itk::SizeValueType>(g.size[a]));
    io->SetSpacing(a, g.spacing[a]);
    io->SetOrigin(a, g.origin[a]);
    io->SetDirection(a, {g.direction[a], g.direction[3 + a], g.direction[6 + a]});
    region.SetIndex(a, 0);
    region.SetSize(a, static_cast<itk::SizeValueType>(g.size[a]));
  }
  io->SetIORegion(region);
  io->SetRescaleSlope(slope);
  io->SetRescaleIntercept(intercept);
  try {
    io->WriteImageInformation();
    io->Write(voxels);
  } catch (const itk::ExceptionObject& e) {
    fail("{}: cannot be written ({}); check the folder's rights and free space", shown,
         itk_reason(e));
  }
}

}  // namespace seg
