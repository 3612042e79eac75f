#include "image/itk_image.h"

#include "image/itk_error.h"
#include "image/plausible.h"
#include "image/volume_fault.h"

#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkNrrdImageIO.h>

#include <mutex>

namespace seg {
namespace {

// ITK's readers keep static variables: the name of the last NIfTI header, NRRD's list of errors.
std::mutex one_reader;

itk::ImageIOBase::Pointer reader_of(VolumeFormat format) {
  switch (format) {
    case VolumeFormat::nrrd: return itk::NrrdImageIO::New().GetPointer();
    case VolumeFormat::meta: return itk::MetaImageIO::New().GetPointer();
    case VolumeFormat::nifti: break;
  }
  return itk::NiftiImageIO::New().GetPointer();
}

VoxelType voxel_type_of(itk::IOComponentEnum component, const std::string& file) {
  switch (component) {
    case itk::IOComponentEnum::UCHAR: return VoxelType::uint8;
    case itk::IOComponentEnum::CHAR: return VoxelType::int8;
    case itk::IOComponentEnum::USHORT: return VoxelType::uint16;
    case itk::IOComponentEnum::SHORT: return VoxelType::int16;
    case itk::IOComponentEnum::UINT: return VoxelType::uint32;
    case itk::IOComponentEnum::INT: return VoxelType::int32;
    case itk::IOComponentEnum::ULONG:
    case itk::IOComponentEnum::ULONGLONG: return VoxelType::uint64;
    case itk::IOComponentEnum::LONG:
    case itk::IOComponentEnum::LONGLONG: return VoxelType::int64;
    case itk::IOComponentEnum::FLOAT: return VoxelType::float32;
    case itk::IOComponentEnum::DOUBLE: return VoxelType::float64;
    default: break;
  }
  fail_volume(VolumeFault::voxel_type, "{}: its voxels are no real numbers; convert it to float32",
              file);
}

void require_scalar_volume(const itk::ImageIOBase& io, const std::string& file) {
  if (io.GetNumberOfDimensions() != 3)
    fail_volume(VolumeFault::dimensions,
                "{}: is {}-dimensional; a single 3D volume is needed (one file per channel)", file,
                io.GetNumberOfDimensions());
  if (io.GetNumberOfComponents() != 1 || io.GetPixelType() != itk::IOPixelEnum::SCALAR)
    fail_volume(VolumeFault::dimensions,
                "{}: has {} values per voxel; a scalar volume is needed (one file per channel)",
                file, io.GetNumberOfComponents());
}

Geometry geometry_of(const itk::ImageIOBase& io) {
  Geometry g;
  for (unsigned a = 0; a < 3; ++a) {
    g.size[a] = static_cast<std::int64_t>(io.GetDimensions(a));
    g.spacing[a] = io.GetSpacing(a);
    g.origin[a] = io.GetOrigin(a) + 0.0;
    for (unsigned r = 0; r < 3; ++r) g.direction[r * 3 + a] = io.GetDirection(a)[r] + 0.0;
  }
  return g;
}

// ITK counts the voxels of an axis, and of the volume, in ints.
std::int64_t checked_bytes(const Geometry& g, VoxelType type, const std::string& file) {
  std::int64_t voxels = 1;
  for (const std::int64_t n : g.size)
    if (n < 1 || n > most_voxels || (voxels *= n) > most_voxels)
      fail_volume(VolumeFault::header,
                  "{}: its header claims {} x {} x {} voxels; the file is damaged, or has to be "
                  "split",
                  file, g.size[0], g.size[1], g.size[2]);
  return voxels * bytes_each(type);
}

}  // namespace

std::string itk_reason(const itk::ExceptionObject& e) {
  const std::string text = e.GetDescription();
  const std::size_t from = text.rfind(": ") == std::string::npos ? 0 : text.rfind(": ") + 2;
  return text.substr(from, text.find('\n', from) - from);
}

struct ItkImage::Reader {
  itk::ImageIOBase::Pointer io;
};

ItkImage::ItkImage(VolumeFormat format, const std::filesystem::path& path, const std::string& file)
    : format_(format), file_(file) {
  try {
    const std::lock_guard lock(one_reader);
    reader_.reset(new Reader{reader_of(format)});
    reader_->io->SetFileName(path.string());
    reader_->io->ReadImageInformation();
  } catch (const itk::ExceptionObject& e) {
    // What MetaImage gives as a reason is the last error of the system, whatever that was.
    fail_volume(VolumeFault::header, "{}: its header is damaged{}; fetch or convert it again", file,
                format == VolumeFormat::meta ? "" : " (" + itk_reason(e) + ")");
  }
  itk::ImageIOBase& io = *reader_->io;
  type_ = voxel_type_of(io.GetComponentType(), file);
  require_scalar_volume(io, file);
  geometry_ = geometry_of(io);
  voxel_bytes_ = checked_bytes(geometry_, type_, file);
  require_plausible(geometry_, file);
  itk::ImageIORegion whole(3);
  for (unsigned a = 0; a < 3; ++a) whole.SetSize(a, io.GetDimensions(a));
  io.SetIORegion(whole);
}

ItkImage::~ItkImage() = default;

void ItkImage::read(void* to) {
  try {
    std::unique_lock lock(one_reader, std::defer_lock);
    if (format_ != VolumeFormat::nifti) lock.lock();
    reader_->io->Read(to);
  } catch (const itk::ExceptionObject& e) {
    fail_volume(VolumeFault::damaged, "{}: its voxels cannot be read ({}); fetch the file again",
                file_, itk_reason(e));
  }
}

}  // namespace seg
