#include "image/memory_file.h"

#include "core/error.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace seg {
namespace fs = std::filesystem;
namespace {

// A new folder of our own: where TMPDIR says, else in memory.
fs::path new_folder() {
  std::error_code error;
  for (const fs::path& place : {fs::temp_directory_path(error), fs::path("/dev/shm")}) {
    std::string name = (place / "segtrain-XXXXXX").string();
    if (!place.empty() && ::mkdtemp(name.data())) return name;
  }
  const char* said = std::getenv("TMPDIR");
  fail("no folder for temporary files can be written (TMPDIR is '{}'); let TMPDIR name one",
       said ? said : "");
}

}  // namespace

MemoryFile::MemoryFile(std::int64_t count) : descriptor_(::memfd_create("volume", MFD_CLOEXEC)) {
  const auto size = static_cast<std::size_t>(count);
  void* mapped = descriptor_ < 0 || ::fallocate(descriptor_, 0, 0, count) != 0
                     ? MAP_FAILED
                     : ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                              descriptor_, 0);
  const int reason = errno;
  if (mapped != MAP_FAILED) bytes_ = {static_cast<unsigned char*>(mapped), size};
  try {
    if (mapped == MAP_FAILED)
      fail("a volume of {} bytes does not fit into memory ({})", count, std::strerror(reason));
    folder_ = new_folder();
    fs::create_symlink("/proc/self/fd/" + std::to_string(descriptor_), name());
  } catch (...) {
    release();
    throw;
  }
}

MemoryFile::~MemoryFile() { release(); }

void MemoryFile::release() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace seg
