#pragma once
// A file in memory. ITK reads files by their names only, and NIfTI by names that end in .nii: the
// file gets such a name, a link in the folder for temporary files, for as long as it lives.
#include <cstdint>
#include <filesystem>
#include <span>

namespace seg {

class MemoryFile {
 public:
  // Throws Error(failure) where there is no memory, or no folder for temporary files.
  explicit MemoryFile(std::int64_t bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path name() const { return folder_ / "volume.nii"; }
  std::span<unsigned char> bytes() { return bytes_; }

 private:
  void release();

  int descriptor_;
  std::span<unsigned char> bytes_;
  std::filesystem::path folder_;
};

}  // namespace seg
