// Volumes as prep reads them: NIfTI, plain and compressed, NRRD and MetaImage, through ITK. The
// first bytes say which of these an input is.
#include "fuzz/fuzz.h"
#include "image/gunzip.h"
#include "image/nifti.h"

#include <torch/types.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <random>

using namespace seg;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

constexpr std::size_t most_content = 1 << 16;  // what a compressed part is inflated to at most
constexpr int gzip_window = 16 + MAX_WBITS, zlib_window = MAX_WBITS;

std::string ending(const std::string& bytes) {
  if (bytes.starts_with("NRRD")) return ".nrrd";
  if (is_gzip({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}))
    return ".nii.gz";
  const bool text = !bytes.empty() && std::isalpha(static_cast<unsigned char>(bytes[0])) != 0;
  return text ? ".mha" : ".nii";
}

// Where the voxels of a text header begin, or the compressed file of any other.
std::size_t begin_of_data(const std::string& bytes) {
  const std::string kind = ending(bytes);
  const std::size_t last = kind == ".nrrd"  ? bytes.find("\n\n")
                           : kind == ".mha" ? bytes.find("\nElementDataFile")
                                            : std::string::npos;
  if (last == std::string::npos) return 0;
  return std::min(bytes.find('\n', last + 1), bytes.size() - 1) + 1;
}

std::string inflated(const std::string& packed) {
  const auto* data = reinterpret_cast<const unsigned char*>(packed.data());
  return packed.empty() ? "" : gunzip_start({data, packed.size()}, most_content);
}

std::string deflated(std::string content, int window) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, content.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(content.data());
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string mutated(std::string bytes, std::size_t most) {
  const std::size_t size = bytes.size();
  bytes.resize(std::max(most, size));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
  return bytes;
}

// The header of a MetaImage file with the true size of what follows it.
std::string sized(std::string head, std::size_t size) {
  const std::string name = "\nCompressedDataSize = ";
  const std::size_t at = head.find(name);
  if (at == std::string::npos) return head;
  const std::size_t begin = at + name.size();
  return head.replace(begin, std::min(head.find('\n', begin), head.size()) - begin,
                      std::to_string(size));
}

void read_all(const std::string& text, const std::filesystem::path& file) {
  Geometry header, image;
  std::int64_t voxels = 0;
  const bool no_header = fuzz::refused(text, [&] { header = read_geometry(file); });
  const bool no_image = fuzz::refused(text, [&] {
    const Volume v = read_image(file);
    image = v.geometry;
    voxels = v.voxels.numel();
    v.voxels.sum().item<float>();  // reads every voxel
  });
  fuzz::refused(text, [&] {
    const Volume v = read_label(file);
    fuzz::require(v.voxels.min().item<int>() >= 0 && v.voxels.max().item<int>() <= 65535);
  });
  if (no_image) return;
  fuzz::require(!no_header && header.size == image.size && header.spacing == image.spacing &&
                header.origin == image.origin && header.direction == image.direction &&
                voxels == image.size[0] * image.size[1] * image.size[2]);
}

}  // namespace

// Half of the changes to a compressed file, or behind a header, are made before compression: bytes
// that do not inflate go no further than the inflater.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t begin = begin_of_data(bytes);
  const std::string head = bytes.substr(0, begin), rest = bytes.substr(begin),
                    content = inflated(rest);
  const bool meta = ending(bytes) == ".mha";
  const auto choice = random() % 4;
  std::string out;
  if (choice == 0 || (begin == 0 && content.empty())) {
    out = mutated(bytes, most);
  } else if (choice == 1 && begin > 0) {
    out = mutated(head, most) + rest;
  } else {
    const std::string data = content.empty() ? mutated(rest, most)
                                             : deflated(mutated(content, most_content),
                                                        meta ? zlib_window : gzip_window);
    out = (meta && choice == 2 ? sized(head, data.size()) : head) + data;
  }
  out.resize(std::min(out.size(), most));
  std::memcpy(data, out.data(), out.size());
  return out.size();
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  ::setenv("TMPDIR", fuzz::folder().c_str(), 1);
  fuzz::put("data.raw", std::string(48, '\1'));  // of the seeds whose voxels are in another file
  fuzz::put("data.gz", deflated(std::string(48, '\1'), gzip_window));
  fuzz::put("data.z", deflated(std::string(48, '\1'), zlib_window));
  std::cerr.setstate(std::ios::failbit);  // where MetaIO says what it thinks of every input
  std::cout.setstate(std::ios::failbit);
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& text) {
    read_all(text, fuzz::put("volume" + ending(text), text));
  });
}
