#include "image/nifti_head.h"

#include "core/error.h"
#include "image/byte_order.h"
#include "image/itk_write.h"
#include "image/memory_file.h"
#include "image/nifti.h"
#include "image/nifti_start.h"
#include "image/text_header.h"

#include <algorithm>
#include <limits>

namespace seg {
namespace fs = std::filesystem;
namespace {

// A header under change. Fields stand at one byte in version 1 and at another in version 2.
struct Head {
  std::string bytes;
  bool first;    // version 1
  bool swapped;  // its byte order is not this machine's

  template <class T>
  T get(std::size_t at) const {
    return number_at<T>(bytes, at, swapped);
  }
  template <class T>
  void put(std::size_t at, T value) {
    put_number(bytes, at, value, swapped);
  }
  template <class In1, class In2>
  void put(std::size_t in_1, std::size_t in_2, double value) {
    if (first)
      put(in_1, static_cast<In1>(value));
    else
      put(in_2, static_cast<In2>(value));
  }
  void put_real(std::size_t in_1, std::size_t in_2, double value) {
    put<float, double>(in_1, in_2, value);
  }
  void clear(std::size_t in_1, std::size_t in_2, std::size_t count) {
    bytes.replace(first ? in_1 : in_2, count, count, '\0');
  }
  void put_dim(std::size_t i, std::int64_t value) {
    put<std::int16_t, std::int64_t>(40 + 2 * i, 16 + 8 * i, static_cast<double>(value));
  }
};

// What the voxels are: nothing of it is the source's. Its extensions go, too: they hold the DICOM
// header, the AFNI history ... of the source's voxels, and may name the patient.
void describe_voxels(Head& head, const NiftiContent& content) {
  const std::size_t size = head.first ? 348 : 540;
  head.bytes.resize(size);
  head.bytes.resize(size + 4, '\0');  // no extensions
  head.put<std::int16_t, std::int16_t>(70, 12, static_cast<double>(content.type));
  head.put<std::int16_t, std::int16_t>(72, 14, static_cast<double>(8 * bytes_each(content.type)));
  head.put<float, std::int64_t>(108, 168, static_cast<double>(size + 4));
  head.put_real(112, 176, content.slope);
  head.put_real(116, 184, 0);             // intercept
  head.put_real(124, 192, content.most);  // the display window: an image's shows labels as black
  head.put_real(128, 200, 0);
  if (head.first) head.clear(140, 0, 8);  // glmax, glmin: the largest and smallest voxel once
  // The intent: an image that is a statistic or an estimate has a code, parameters and a name. That
  // of labels (1002) tells viewers to colour them as such.
  constexpr double label_intent = 1002;
  const bool labels = content.meaning == NiftiContent::Meaning::labels;
  head.put<std::int16_t, std::int32_t>(68, 504, labels ? label_intent : 0);
  head.clear(56, 80, head.first ? 12 : 24);
  head.clear(328, 508, 16);
  head.clear(228, 320, 24);  // aux_file: an image's palette, or a list of names of labels
}

// `maps` volumes along the fourth dimension, which is neither time nor frequency.
void add_dimension(Head& head, std::int64_t maps) {
  head.put_dim(0, 4);
  head.put_dim(4, maps);
  for (std::size_t i = 5; i < 8; ++i) head.put_dim(i, 1);
  for (std::size_t i = 4; i < 8; ++i) head.put_real(76 + 4 * i, 104 + 8 * i, 1);  // pixdim
  head.put_real(136, 216, 0);                                                     // toffset
  const int units = head.first ? head.get<std::uint8_t>(123) : head.get<std::int32_t>(500);
  head.put<std::uint8_t, std::int32_t>(123, 500, units & 7);  // of length alone
}

// A head that ITK makes for the geometry.
Head head_of(const Geometry& g, const fs::path& source) {
  constexpr std::size_t head_bytes = 352;
  MemoryFile memory(head_bytes + 1);
  Geometry one = g;
  one.size = {1, 1, 1};
  const std::uint8_t voxel = 0;
  write_by_itk(memory.name(), source.string(), &voxel, one, VoxelType::uint8);
  const auto* begin = reinterpret_cast<const char*>(memory.bytes().data());
  Head head{{begin, begin + head_bytes}, true, false};
  for (std::size_t a = 0; a < 3; ++a) {
    if (g.size[a] > std::numeric_limits<std::int16_t>::max())
      fail_data("{}: has {} voxels along {}; at most 32767 fit into NIfTI-1, so crop it",
                source.string(), g.size[a], "xyz"[a]);
    head.put_dim(a + 1, g.size[a]);
  }
  return head;
}

}  // namespace

NiftiHead nifti_head_like(const fs::path& source, const NiftiContent& content) {
  Head head;
  NiftiHead out;
  const InputFile file(source);
  if (is_nrrd(file.start(8)) || is_meta(source)) {
    const Geometry g = read_geometry(source);
    head = head_of(g, source);
    out.size = g.size;
  } else {
    const NiftiStart start = read_nifti_start(file);
    head = {start.bytes, start.header.version == 1, start.header.swapped};
    out.size = start.header.size;
  }
  describe_voxels(head, content);
  if (content.maps > 0) add_dimension(head, content.maps);
  out.bytes = std::move(head.bytes);
  out.swapped = head.swapped;
  return out;
}

}  // namespace seg
