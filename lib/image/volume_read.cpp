#include "image/gunzip.h"
#include "image/itk_image.h"
#include "image/memory_file.h"
#include "image/nifti.h"
#include "image/nifti_start.h"
#include "image/text_header.h"
#include "image/volume_fault.h"
#include "image/voxels.h"

#include <torch/types.h>

#include <algorithm>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t start_bytes = 4096;     // enough of a compressed file for its header
constexpr std::int64_t most_inflation = 1032;  // no deflate stream grows more

Bytes as_bytes(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

[[noreturn]] void fail_short(const std::string& file, const Xyz<std::int64_t>& n) {
  fail_volume(
      VolumeFault::truncated,
      "{}: ends before the last of its {} x {} x {} voxels; the file is truncated, fetch it again",
      file, n[0], n[1], n[2]);
}

[[noreturn]] void fail_long(const std::string& file, const Xyz<std::int64_t>& n) {
  fail_volume(VolumeFault::damaged,
              "{}: goes on behind its {} x {} x {} voxels; the header or the file is damaged", file,
              n[0], n[1], n[2]);
}

// Before anything is allocated: can `held` bytes be `needed` ones?
void check_length(std::int64_t needed, std::int64_t held, bool compressed, const std::string& file,
                  const Xyz<std::int64_t>& size) {
  if (compressed ? needed / most_inflation > held : needed > held) fail_short(file, size);
  if (!compressed && needed < held) fail_long(file, size);
}

// The compressed rest of a file from `begin` on into `out`, which it must fill exactly.
void inflate(const InputFile& file, std::int64_t begin, bool zlib, std::span<unsigned char> out,
             const std::string& name, const Xyz<std::int64_t>& size) {
  const torch::Tensor packed = torch::empty({file.size() - begin}, torch::kUInt8);
  file.read(packed.data_ptr(), begin, packed.numel());
  const Bytes in(packed.data_ptr<std::uint8_t>(), static_cast<std::size_t>(packed.numel()));
  switch (zlib ? inflate_zlib(in, out) : gunzip(in, out)) {
    case Gunzip::complete: return;
    case Gunzip::truncated: fail_short(name, size);
    case Gunzip::longer: fail_long(name, size);
    case Gunzip::damaged:
      fail_volume(
          VolumeFault::damaged,
          "{}: its compressed data is corrupt (bad checksum or stream); fetch the file again",
          name);
    case Gunzip::trailing:
      fail_volume(VolumeFault::damaged,
                  "{}: something that is not {} follows its compressed data; fetch the file again",
                  name, zlib ? "zlib" : "gzip");
  }
}

std::span<unsigned char> span_of(torch::Tensor& bytes) {
  return {bytes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel())};
}

struct ReadVolume {
  VolumeHeader header;
  StoredVoxels stored;  // empty where only the header is asked for
};

enum class Part { header, all };

// ITK 5.2 fills up a cut NIfTI file with zeros, checks no checksum, and goes by names: it is given
// the file's whole content in memory, inflated and checked here, behind a header of our own.
ReadVolume read_nifti(const InputFile& file, Part part) {
  const NiftiStart start = read_nifti_start(file);
  const NiftiHeader& h = start.header;
  const std::int64_t whole = h.voxel_offset + h.voxel_bytes;
  check_length(whole, file.size(), start.compressed, file.name(), h.size);
  const std::string head = header_for_itk(h, file.name());
  MemoryFile memory(part == Part::all ? whole : static_cast<std::int64_t>(head.size()));
  if (part == Part::all && start.compressed)
    inflate(file, 0, false, memory.bytes(), file.name(), h.size);
  if (part == Part::all && !start.compressed) file.read(memory.bytes().data(), 0, whole);
  std::copy(head.begin(), head.end(), memory.bytes().begin());
  ItkImage image(VolumeFormat::nifti, memory.name(), file.name());
  ReadVolume out{{image.geometry(), h.conflict}, {{}, h.type, h.slope, h.intercept}};
  if (part == Part::header) return out;
  out.stored.bytes = torch::empty({image.voxel_bytes()}, torch::kUInt8);
  image.read(out.stored.bytes.data_ptr());
  return out;
}

// ITK checks the length of neither, nor every checksum: the compressed data is inflated once
// before, into the memory that ITK then fills.
ReadVolume read_text(const InputFile& file, const TextHeader& h, Part part) {
  std::optional<InputFile> other;
  const InputFile& data = h.data == file.path() ? file : other.emplace(h.data);
  ItkImage image(h.format, file.path(), file.name());
  const Geometry& g = image.geometry();
  const std::int64_t begin =
      h.begin < 0 ? std::max<std::int64_t>(0, data.size() - image.voxel_bytes()) : h.begin;
  check_length(image.voxel_bytes(), data.size() - begin, h.packing != Packing::none, data.name(),
               g.size);
  // ITK takes memory for as many bytes as the header says, and goes on where they do not inflate.
  const auto packed = static_cast<double>(data.size() - begin);
  if (h.packing == Packing::zlib && h.packed_bytes > packed) fail_short(data.name(), g.size);
  if (h.packing == Packing::zlib && h.packed_bytes >= 0 && h.packed_bytes < packed)
    fail_long(data.name(), g.size);
  ReadVolume out{{g, h.conflict}, {{}, image.type()}};
  if (part == Part::header) return out;
  out.stored.bytes = torch::empty({image.voxel_bytes()}, torch::kUInt8);
  if (h.packing != Packing::none)
    inflate(data, begin, h.packing == Packing::zlib, span_of(out.stored.bytes), data.name(),
            g.size);
  image.read(out.stored.bytes.data_ptr());
  return out;
}

ReadVolume read_volume(const fs::path& path, Part part) {
  const InputFile file(path);
  const std::string first = file.start(32);
  if (first.empty()) fail_volume(VolumeFault::not_nifti, "{}: the file is empty", file.name());
  if (first.starts_with("version https://git-lfs"))
    fail_volume(VolumeFault::not_nifti,
                "{}: is a Git LFS pointer, not the volume; fetch the real file with 'git lfs pull'",
                file.name());
  if (is_nrrd(first)) return read_text(file, parse_nrrd_header(file), part);
  if (is_meta(path)) return read_text(file, parse_meta_header(file), part);
  return read_nifti(file, part);
}

}  // namespace

NiftiStart read_nifti_start(const InputFile& file) {
  NiftiStart start;
  start.bytes = file.start(start_bytes);
  start.compressed = is_gzip(as_bytes(start.bytes));
  start.bytes = start.compressed ? gunzip_start(as_bytes(start.bytes), nifti_header_bytes)
                                 : start.bytes.substr(0, nifti_header_bytes);
  start.header = parse_nifti_header(start.bytes, file.name());
  return start;
}

std::vector<fs::path> volume_files(const fs::path& path) {
  try {
    const InputFile file(path);
    const bool nrrd = is_nrrd(file.start(8));
    if (!nrrd && !is_meta(path)) return {path};
    const TextHeader header = nrrd ? parse_nrrd_header(file) : parse_meta_header(file);
    if (header.data != path) return {path, header.data};
  } catch (const VolumeError&) {  // told where the volume is read
  }
  return {path};
}

VolumeHeader read_header(const fs::path& path) { return read_volume(path, Part::header).header; }

Geometry read_geometry(const fs::path& path) { return read_header(path).geometry; }

Volume read_image(const fs::path& path) {
  const ReadVolume v = read_volume(path, Part::all);
  const Geometry& g = v.header.geometry;
  return {image_voxels(v.stored).view({1, g.size[2], g.size[1], g.size[0]}), g};
}

Volume read_label(const fs::path& path) {
  const ReadVolume v = read_volume(path, Part::all);
  const Geometry& g = v.header.geometry;
  return {label_voxels(v.stored, path.string()).view({g.size[2], g.size[1], g.size[0]}), g};
}

}  // namespace seg
