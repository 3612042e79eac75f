#pragma once
// The headers of NRRD (.nrrd, .nhdr) and MetaImage (.mha, .mhd) files, as far as ITK would pass
// over in silence what they say.
#include "image/input_file.h"
#include "image/itk_image.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace seg {

enum class Packing { none, gzip, zlib };

struct TextHeader {
  VolumeFormat format = VolumeFormat::nrrd;
  Packing packing = Packing::none;
  std::filesystem::path data;  // the file that holds the voxels
  std::int64_t begin = 0;      // of the voxels in it; -1: they are its end
  double packed_bytes = -1;    // of compressed voxels as the header says; -1 where it does not
  std::string conflict;        // no_orientation, or ""
};

bool is_nrrd(std::string_view bytes);
bool is_meta(const std::filesystem::path& path);

// Throws VolumeError for voxels as text or spread over several files, for a space other than LPS or
// RAS, for lengths other than millimetres or none at all, and for voxels that are to be scaled.
TextHeader parse_nrrd_header(const InputFile& file);
TextHeader parse_meta_header(const InputFile& file);

}  // namespace seg
