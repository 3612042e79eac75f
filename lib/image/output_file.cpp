#include "image/output_file.h"

#include "core/error.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace seg {
namespace {

// Labels and probabilities are runs of equal bytes: matches with the byte before alone (R) make a
// label map of 512 x 512 x 200 voxels 0.28 MB in 0.12 s, where level 1 makes 0.59 MB in 0.10 s and
// level 6 0.23 MB in 0.31 s; probabilities with noise take 1.3 s, 2.9 s and 13 s, at one size.
constexpr const char *packed = "wb6Re", *plain = "wbTe";
constexpr unsigned buffer_bytes = 1 << 18;

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, std::string shown)
    : shown_(std::move(shown)) {
  errno = 0;
  file_ = ::gzopen(path.c_str(), path.extension() == ".gz" ? packed : plain);
  if (!file_) fail_to_write(errno ? errno : ENOMEM);
  ::gzbuffer(file_, buffer_bytes);
}

OutputFile::~OutputFile() {
  if (file_) ::gzclose(file_);
}

void OutputFile::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const std::span<const char> part = bytes.first(std::min<std::size_t>(bytes.size(), 1 << 24));
    errno = 0;
    if (::gzwrite(file_, part.data(), static_cast<unsigned>(part.size())) !=
        static_cast<int>(part.size()))
      fail_to_write(errno);
    bytes = bytes.subspan(part.size());
  }
}

void OutputFile::close() {
  errno = 0;
  if (::gzclose(std::exchange(file_, nullptr)) != Z_OK) fail_to_write(errno);
}

void OutputFile::fail_to_write(int reason) const {
  fail("{}: cannot be written ({}); check the folder's rights and free space", shown_,
       reason ? std::strerror(reason) : "compression failed");
}

}  // namespace seg
