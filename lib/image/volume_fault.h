#pragma once
// What can be wrong with a volume's file, so that a caller may sort errors without reading their
// sentences.
#include "core/error.h"

namespace seg {

enum class VolumeFault {
  missing,      // no such file, or it cannot be opened
  not_nifti,    // empty, a Git LFS pointer, another format, a header and image pair
  header,       // fields that contradict each other or make no sense
  truncated,    // ends before its last voxel
  damaged,      // the compressed data is corrupt, or more follows the last voxel
  dimensions,   // not one 3D volume: 2D, 4D, vectors, no voxels
  voxel_type,   // complex, RGB, 128-bit, bits
  spacing,      // a voxel size that is no number, or not plausible
  too_large,    // more voxels than can be counted once it is resampled
  direction,    // axes not at right angles, NaN in the affine
  label_value,  // a label that is no whole number of 0 to 65535
};

// An Error(data) about one file; the message names the file.
class VolumeError : public Error {
 public:
  VolumeError(VolumeFault fault, const std::string& message)
      : Error(ErrorKind::data, message), fault_(fault) {}
  VolumeFault fault() const { return fault_; }

 private:
  VolumeFault fault_;
};

template <class... A>
[[noreturn]] void fail_volume(VolumeFault fault, fmt::format_string<A...> format, A&&... args) {
  throw VolumeError(fault, fmt::format(format, std::forward<A>(args)...));
}

}  // namespace seg
