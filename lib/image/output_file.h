#pragma once
// A file written from front to back.
#include <filesystem>
#include <span>
#include <string>

struct gzFile_s;  // zlib's

namespace seg {

class OutputFile {
 public:
  // Compressed, one gzip member, where the name ends in .gz. `shown` is the name that errors give:
  // the file is written beside its place (write_beside). Throws Error(failure), here and below,
  // where it cannot be written.
  OutputFile(const std::filesystem::path& path, std::string shown);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const char> bytes);
  void close();  // without it the file may be cut short

 private:
  [[noreturn]] void fail_to_write(int reason) const;

  std::string shown_;
  gzFile_s* file_ = nullptr;
};

}  // namespace seg
