#include "image/input_file.h"

#include "image/volume_fault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace seg {

InputFile::InputFile(const std::filesystem::path& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0 && errno == ENOENT)
    fail_volume(VolumeFault::missing, "{}: there is no such file", name());
  struct stat facts {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0)
    fail_volume(VolumeFault::missing, "{}: cannot be opened ({}); mend its rights", name(),
                std::strerror(errno));
  if (!S_ISREG(facts.st_mode)) {
    ::close(descriptor_);
    fail_volume(VolumeFault::missing, "{}: is not a file; a volume is needed", name());
  }
  size_ = facts.st_size;
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(void* to, std::int64_t begin, std::int64_t count) const {
  for (std::int64_t done = 0; done < count;) {
    const ssize_t n = ::pread(descriptor_, static_cast<char*>(to) + done,
                              static_cast<std::size_t>(count - done), begin + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      fail_volume(VolumeFault::missing, "{}: cannot be read ({}); check the disk", name(),
                  n < 0 ? std::strerror(errno) : "it shrank");
    done += n;
  }
}

std::string InputFile::start(std::int64_t most) const {
  std::string bytes(static_cast<std::size_t>(std::min(size_, most)), '\0');
  read(bytes.data(), 0, static_cast<std::int64_t>(bytes.size()));
  return bytes;
}

}  // namespace seg
