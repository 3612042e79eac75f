#include "core/files.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view mark = ".part-";

// .part-PID-SPACE-START-N.name: sorted away from real names, keeps the ending (ITK chooses the
// format by it), and says whose it is; a later process of the same number began at another time.
fs::path temporary_for(const fs::path& path) {
  static std::atomic<int> counter{0};
  return path.parent_path() / fmt::format("{}{}-{}-{}-{}.{}", mark, ::getpid(), process_space(),
                                          process_start(::getpid()), counter++,
                                          path.filename().string());
}

// Whether a temporary of that name is of a process of this space that is gone.
bool is_of_the_dead(std::string_view name) {
  name.remove_prefix(mark.size());
  std::int64_t owner = 0;
  std::uint64_t start = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), owner);
  const std::string space = "-" + process_space() + "-";
  const std::string_view behind(rest, static_cast<std::size_t>(name.data() + name.size() - rest));
  if (error != std::errc() || !behind.starts_with(space)) return false;
  const char* number = behind.data() + space.size();
  if (std::from_chars(number, behind.data() + behind.size(), start).ec != std::errc()) return false;
  return process_start(owner) != start;
}

void flush(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags);
  if (fd < 0)
    fail("{}: cannot be opened to flush it to disk ({})", path.string(), std::strerror(errno));
  const int failed = ::fsync(fd);
  const int reason = errno;
  ::close(fd);
  if (failed && reason != EINVAL && reason != EROFS)
    fail("{}: cannot be flushed to disk ({})", path.string(), std::strerror(reason));
}

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void move_into_place(const fs::path& from, const fs::path& to) {
  std::error_code error;
  at_boundary("replace");
  fs::rename(from, to, error);
  if (error)
    fail("{}: cannot be written ({}); check the folder's rights and free space", to.string(),
         error.message());
  flush(parent_of(to), O_RDONLY | O_DIRECTORY);
  at_boundary("replaced");
}

// Puts the folder `from` at `to` in one step, so that a folder is there at every moment; one that
// was there comes to lie at `from`.
void exchange_into_place(const fs::path& from, const fs::path& to) {
  at_boundary("replace");
  for (int tries = 0;; ++tries) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) break;
    if (errno == EEXIST &&
        ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0)
      break;
    if (errno == ENOENT && tries < 100)
      continue;  // another process took away what was there between the two
    if (errno != EINVAL && errno != ENOSYS)
      fail("{}: cannot be written ({}); check the folder's rights and free space", to.string(),
           std::strerror(errno));
    const fs::path old = temporary_for(to);  // a file system without these renames: two steps
    if (fs::exists(to)) move_into_place(to, old);
    move_into_place(from, to);
    std::error_code ignored;
    fs::remove_all(old, ignored);
    return;
  }
  flush(parent_of(to), O_RDONLY | O_DIRECTORY);
  at_boundary("replaced");
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  const bool waits = fs::exists(status) && !fs::is_regular_file(status);  // a pipe, a device
  std::ifstream in;
  if (!waits) in.open(path, std::ios::binary);
  if (waits || !in)
    fail("{}: cannot be read ({})", path.string(),
         fs::is_directory(status) ? "it is a folder"
         : waits                  ? "it is no regular file"
                                  : std::strerror(errno));
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_beside(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  const fs::path temporary = temporary_for(path);
  try {
    fill(temporary);
    flush(temporary, O_RDONLY);
    move_into_place(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  write_beside(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out)
      fail("{}: cannot be written ({}); check the folder's rights and free space", path.string(),
           std::strerror(errno));
  });
}

fs::path output_file(const fs::path& path) {
  constexpr int most_links = 40;  // as Linux follows
  fs::path file = path;
  for (int links = 0; fs::is_symlink(file) && links < most_links; ++links)
    file = file.parent_path() / fs::read_symlink(file);  // an absolute target stands alone
  std::error_code ignored;
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored))
    fail("{}: is no file that can be replaced; name another output", path.string());
  return file;
}

void write_output(const fs::path& path, std::string_view bytes) {
  std::error_code ignored;
  const std::string text = path.string();
  const bool open_already = (text.starts_with("/dev/") || text.starts_with("/proc/")) &&
                            fs::is_symlink(path);  // /dev/stdout, /proc/self/fd/1
  const bool stream =
      fs::is_fifo(path, ignored) || fs::is_character_file(path, ignored) || open_already;
  if (!stream) return write_file(output_file(path), bytes);
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) fail("{}: cannot be written ({}); name another output", text, std::strerror(errno));
}

void append_line(const fs::path& path, std::string_view line) {
  const std::string bytes = std::string(line) + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  ssize_t written = -1;
  do {
    written = file < 0 ? -1 : ::write(file, bytes.data(), bytes.size());
  } while (file >= 0 && written < 0 && errno == EINTR);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (written < 0)
    fail("{}: cannot be written ({}); name another output", path.string(), std::strerror(error));
  if (static_cast<std::size_t>(written) != bytes.size())
    fail("{}: cannot be written whole; check the disk's free space", path.string());
}

void write_folder(const fs::path& path, const std::function<void(const fs::path&)>& fill) {
  const fs::path temporary = temporary_for(path);
  try {
    make_folder(temporary);
    fill(temporary);
    for (const auto& entry : fs::recursive_directory_iterator(temporary))
      if (entry.is_regular_file()) flush(entry.path(), O_RDONLY);
    flush(temporary, O_RDONLY | O_DIRECTORY);
    exchange_into_place(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
}

void replace_link(const fs::path& link, const fs::path& target) {
  const fs::path temporary = temporary_for(link);
  std::error_code error;
  fs::create_symlink(target, temporary, error);
  if (error) fail("{}: the link cannot be written ({})", link.string(), error.message());
  move_into_place(temporary, link);
}

void move_file(const fs::path& from, const fs::path& to) { move_into_place(from, to); }

void remove_folder(const fs::path& folder) {
  const fs::path temporary = temporary_for(folder);
  move_into_place(folder, temporary);
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    fail("{}: the folder cannot be made ({}); choose another place or mend its rights",
         path.string(), error ? error.message() : "a file is there");
}

std::vector<fs::path> stale_temporaries(const fs::path& folder) {
  std::vector<fs::path> stale;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(mark)) continue;
    const bool dead = is_of_the_dead(name);
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(entry.path(), ignored);
    if (dead || (!ignored && age > std::chrono::hours(48))) stale.push_back(entry.path());
  }
  return stale;
}

void remove_stale_temporaries(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& left : stale_temporaries(folder)) fs::remove_all(left, ignored);
}

fs::path program_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path() : self.parent_path();
}

}  // namespace seg
