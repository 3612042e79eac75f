#pragma once
// Memory-mapped files that are cut, or whose disk fails, while they are in use.
#include <cstddef>
#include <string>

namespace seg {

// As long as it lives, a page of the range that can no longer be read ends the process with exit
// code 1 and one sentence that names `place`, where the system's signal (SIGBUS) would kill it.
class LostPages {
 public:
  LostPages(const char* begin, std::size_t length, const std::string& place);
  ~LostPages();
  LostPages(const LostPages&) = delete;
  LostPages& operator=(const LostPages&) = delete;

 private:
  struct Range* range_;
};

}  // namespace seg
