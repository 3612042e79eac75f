#include "prep/mapped_volumes.h"

#include "core/error.h"
#include "prep/lost_pages.h"

#include <torch/types.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace seg {
namespace {

constexpr std::int64_t header_bytes = 352;

void map_file(char* place, const std::filesystem::path& file, std::int64_t bytes) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (descriptor < 0 || ::fstat(descriptor, &facts) != 0 || facts.st_size != bytes) {
    if (descriptor >= 0) ::close(descriptor);
    fail("{}: the cached volume is damaged; remove its folder, and it is built again",
         file.string());
  }
  void* mapped = ::mmap(place, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_FIXED, descriptor, 0);
  const int reason = errno;
  ::close(descriptor);
  if (mapped == MAP_FAILED)
    fail("{}: cannot be mapped ({}); mend its rights or the limits of memory", file.string(),
         std::strerror(reason));
}

}  // namespace

// The files lie one after the other in one range of addresses, each from a new page on: the same
// distance from channel to channel.
torch::Tensor map_volumes(const std::vector<std::filesystem::path>& files, const Geometry& g,
                          torch::ScalarType type) {
  const auto each = static_cast<std::int64_t>(torch::elementSize(type)),
             count = static_cast<std::int64_t>(files.size());
  const std::int64_t bytes = header_bytes + g.size[0] * g.size[1] * g.size[2] * each,
                     page = ::sysconf(_SC_PAGESIZE);
  const std::int64_t distance = (bytes + page - 1) / page * page;
  const auto length = static_cast<std::size_t>(distance * count);
  void* range =
      ::mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    fail("{}: cannot be mapped ({})", files[0].string(), std::strerror(errno));
  const auto guard = std::make_shared<LostPages>(static_cast<char*>(range), length,
                                                 files[0].parent_path().string());
  const std::shared_ptr<char> base(static_cast<char*>(range),
                                   [length, guard](char* p) { ::munmap(p, length); });
  for (std::int64_t k = 0; k < count; ++k)
    map_file(base.get() + k * distance, files[static_cast<std::size_t>(k)], bytes);
  return torch::from_blob(
      base.get() + header_bytes, {count, g.size[2], g.size[1], g.size[0]},
      {distance / each, g.size[1] * g.size[0], g.size[0], 1}, [base](void*) {},
      torch::TensorOptions(type));
}

}  // namespace seg
