#pragma once
// A file open for reading.
#include <cstdint>
#include <filesystem>
#include <string>

namespace seg {

class InputFile {
 public:
  // Throws VolumeError(missing) for what is no regular file: a pipe or a device is not waited for.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.string(); }
  std::int64_t size() const { return size_; }

  // `count` bytes from `begin` on, all of which must be there.
  void read(void* to, std::int64_t begin, std::int64_t count) const;

  // The first `most` bytes, or all of a shorter file.
  std::string start(std::int64_t most) const;

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::int64_t size_ = 0;
};

}  // namespace seg
