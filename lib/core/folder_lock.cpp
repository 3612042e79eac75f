#include "core/folder_lock.h"

#include "core/error.h"
#include "core/process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <sstream>
#include <utility>

namespace seg {
namespace fs = std::filesystem;
namespace {

// What the file says of its holder.
struct Holder {
  std::int64_t pid = 0;
  std::string host, space, since;
  std::uint64_t start = 0;

  bool gone() const { return space == process_space() && process_start(pid) != start; }
};

std::string this_process() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char since[32];
  std::strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%S", &local);
  return fmt::format("{} {} {} {} {}\n", ::getpid(), host_name(), process_space(),
                     process_start(::getpid()), since);
}

Holder holder_in(int fd) {
  char text[512] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  std::istringstream in(std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0));
  Holder holder;
  in >> holder.pid >> holder.host >> holder.space >> holder.start >> holder.since;
  return holder;
}

[[noreturn]] void fail_held(const fs::path& folder, const fs::path& file, const Holder& h) {
  if (h.pid == 0)
    fail("{}: another process is at work here; wait for it, or choose another folder",
         folder.string());
  fail(
      "{}: process {} on {} is at work here since {}; wait for it, stop it, or choose another "
      "folder (where it no longer exists, remove {})",
      folder.string(), h.pid, h.host, h.since, file.string());
}

// Whether the open file is still the one of that name: the last holder removes it.
bool is_at(int fd, const fs::path& file) {
  struct stat open {
  }, there{};
  return ::fstat(fd, &open) == 0 && ::stat(file.c_str(), &there) == 0 &&
         open.st_ino == there.st_ino && open.st_dev == there.st_dev;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, By by) : folder_(folder), file_(folder / file_name) {
  while (!try_once(by)) {
  }
}

// False where the file was removed meanwhile.
bool FolderLock::try_once(By by) {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0)
    fail("{}: cannot be opened ({}); choose another folder or mend its rights", file_.string(),
         std::strerror(errno));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  const bool locked = by == By::kernel && ::fcntl(fd_, F_OFD_SETLK, &whole) == 0;
  const bool held = by == By::kernel && !locked && (errno == EAGAIN || errno == EACCES);
  const Holder holder = holder_in(fd_);
  if (held || (!locked && holder.pid != 0 && !holder.gone())) {
    ::close(std::exchange(fd_, -1));
    fail_held(folder_, file_, holder);
  }
  if (!is_at(fd_, file_)) {
    ::close(std::exchange(fd_, -1));
    return false;
  }
  const std::string text = this_process();
  if (::ftruncate(fd_, 0) != 0 ||
      ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int reason = errno;
    ::close(std::exchange(fd_, -1));
    fail("{}: cannot be written ({}); check the folder's rights and free space", file_.string(),
         std::strerror(reason));
  }
  return true;
}

FolderLock::~FolderLock() {
  if (fd_ < 0) return;
  if (is_at(fd_, file_)) ::unlink(file_.c_str());
  ::close(fd_);
}

}  // namespace seg
