#pragma once
#include "image/input_file.h"
#include "image/nifti_header.h"

namespace seg {

struct NiftiStart {
  NiftiHeader header;
  std::string bytes;  // the file's first nifti_header_bytes, uncompressed; fewer of a shorter one
  bool compressed = false;
};

// Of a file that is to be NIfTI; throws VolumeError as parse_nifti_header.
NiftiStart read_nifti_start(const InputFile& file);

}  // namespace seg
