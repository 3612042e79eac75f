#include "image/nifti.h"

#include "core/error.h"
#include "core/files.h"
#include "image/gunzip.h"
#include "image/itk_error.h"
#include "image/nifti_start.h"
#include "image/text_header.h"

#include <itkNiftiImageIO.h>
#include <torch/types.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace seg {
namespace fs = std::filesystem;
namespace {

using IO = itk::NiftiImageIO;

// ITK's writer returns as if all were well where the disk is full.
bool is_whole(const fs::path& file, std::size_t voxel_bytes) {
  const std::size_t bytes = 352 + voxel_bytes;
  if (file.extension() != ".gz") return fs::file_size(file) == bytes;
  const std::string packed = read_file(file);
  std::vector<unsigned char> unpacked(bytes);
  return gunzip({reinterpret_cast<const unsigned char*>(packed.data()), packed.size()}, unpacked) ==
         Gunzip::complete;
}

void write(const fs::path& path, const torch::Tensor& voxels, const Geometry& g,
           itk::IOComponentEnum component, double slope = 1, double intercept = 0) {
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
      io->SetDirection(a,
                       std::vector<double>{g.direction[a], g.direction[3 + a], g.direction[6 + a]});
      region.SetIndex(a, 0);
      region.SetSize(a, static_cast<itk::SizeValueType>(g.size[a]));
    }
    io->SetIORegion(region);
    io->SetRescaleSlope(slope);
    io->SetRescaleIntercept(intercept);
    try {
      io->WriteImageInformation();
      io->Write(data.data_ptr());
    } catch (const itk::ExceptionObject& e) {
      fail("{}: cannot be written ({}); check the folder's rights and free space", path.string(),
           itk_reason(e));
    }
    if (!is_whole(temporary, data.nbytes()))
      fail("{}: cannot be written whole; check the disk's free space", path.string());
  });
}

template <class T>
void put(std::string& bytes, std::size_t at, T value, bool swapped) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  if (swapped) std::reverse(raw, raw + sizeof(T));
  bytes.replace(at, sizeof(T), raw, sizeof(T));
}

// The source's header for unscaled uint8 voxels and without extensions, the voxels to follow.
std::string header_like(const NiftiStart& source) {
  const NiftiHeader& h = source.header;
  const std::size_t size = h.version == 1 ? 348 : 540;
  std::string bytes = source.bytes.substr(0, size);
  bytes.resize(size + 4, '\0');
  const bool v1 = h.version == 1;
  put<std::int16_t>(bytes, v1 ? 70 : 12, 2, h.swapped);  // datatype: uint8
  put<std::int16_t>(bytes, v1 ? 72 : 14, 8, h.swapped);  // bits
  if (v1)
    put<float>(bytes, 108, 352, h.swapped);
  else
    put<std::int64_t>(bytes, 168, 544, h.swapped);
  for (const int i : {0, 1, 2, 3}) {  // slope, intercept, the two ends of the display window
    const double value = i == 0 ? 1 : 0;
    if (v1)
      put<float>(bytes, std::array<std::size_t, 4>{112, 116, 124, 128}[static_cast<std::size_t>(i)],
                 static_cast<float>(value), h.swapped);
    else
      put<double>(bytes, 176 + 8 * static_cast<std::size_t>(i), value, h.swapped);
  }
  return bytes;
}

void write_gzip(const fs::path& path, const std::string& head, const torch::Tensor& voxels) {
  const gzFile file = ::gzopen(path.c_str(), "wb6");
  bool good = file && ::gzwrite(file, head.data(), static_cast<unsigned>(head.size())) > 0;
  const auto* at = voxels.const_data_ptr<std::uint8_t>();
  for (std::int64_t left = voxels.numel(); good && left > 0;) {
    const auto count = static_cast<unsigned>(std::min<std::int64_t>(left, 1 << 24));
    good = ::gzwrite(file, at, count) == static_cast<int>(count);
    at += count;
    left -= count;
  }
  if ((file && ::gzclose(file) != Z_OK) || !good)
    fail("{}: cannot be written; check the folder's rights and free space", path.string());
}

}  // namespace

void write_label_like(const fs::path& path, const torch::Tensor& voxels, const fs::path& source) {
  const torch::Tensor data = voxels.contiguous();
  const InputFile file(source);
  if (is_nrrd(file.start(8)) || is_meta(source))
    return write_label(path, data, read_geometry(source));
  const std::string head = header_like(read_nifti_start(file));
  if (path.extension() != ".gz")
    return write_file(path, head + std::string(static_cast<const char*>(data.data_ptr()),
                                               static_cast<std::size_t>(data.numel())));
  write_beside(path, [&](const fs::path& temporary) { write_gzip(temporary, head, data); });
}

void write_image(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kFloat32), geometry, itk::IOComponentEnum::FLOAT);
}

void write_scaled(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry,
                  double slope, double intercept) {
  write(path, voxels.to(torch::kInt16), geometry, itk::IOComponentEnum::SHORT, slope, intercept);
}

void write_label(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kUInt8), geometry, itk::IOComponentEnum::UCHAR);
}

}  // namespace seg
