#include "core/folder_lock.h"

#include "core/error.h"
#include "core/files.h"
#include "core/process.h"
#include "support/catch.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using seg::FolderLock;
using seg::test::TemporaryFolder;

namespace {

// What a process says that asks for the folder; "" where it gets it. In a child: one process may
// take a lock twice.
std::string refusal(const fs::path& folder, FolderLock::By by) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text;
    try {
      const FolderLock lock(folder, by);
    } catch (const seg::Error& e) {
      text = e.what();
    }
    ::_exit(::write(pipe[1], text.data(), text.size()) < 0);
  }
  ::close(pipe[1]);
  ::waitpid(child, nullptr, 0);
  char text[1024] = {};
  const ssize_t n = ::read(pipe[0], text, sizeof text - 1);
  ::close(pipe[0]);
  return std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0);
}

// Takes the folder in a process that dies with it.
void die_holding(const fs::path& folder, FolderLock::By by) {
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder, by);
    ::_exit(0);  // without destructors
  }
  ::waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("a folder is held by one process, and its name told to the next", "[core]") {
  const auto by = GENERATE(FolderLock::By::kernel, FolderLock::By::file);
  const TemporaryFolder folder;
  {
    const FolderLock lock(folder.path, by);
    const std::string text = refusal(folder.path, by);
    INFO(text);
    CHECK(text.starts_with(folder.path.string() + ": process " + std::to_string(::getpid()) +
                           " on " + seg::host_name() + " is at work here since 20"));
  }
  CHECK_FALSE(fs::exists(folder.path / ".lock"));
  CHECK(refusal(folder.path, by).empty());
}

TEST_CASE("the lock of a process that is gone is taken over", "[core]") {
  const auto by = GENERATE(FolderLock::By::kernel, FolderLock::By::file);
  const TemporaryFolder folder;
  die_holding(folder.path, by);
  REQUIRE(fs::exists(folder.path / ".lock"));
  CHECK_NOTHROW(FolderLock(folder.path, by));
}

TEST_CASE("without the kernel's locks, a process of another machine is believed", "[core]") {
  const TemporaryFolder folder;
  seg::write_file(folder.path / ".lock", "7 elsewhere 00000000 12345 2026-01-02T03:04:05\n");
  const std::string text = refusal(folder.path, FolderLock::By::file);
  CHECK(text.find("process 7 on elsewhere is at work here") != std::string::npos);
  CHECK(text.find("remove " + folder.path.string()) != std::string::npos);
  CHECK_NOTHROW(FolderLock(folder.path));  // the kernel knows that nobody holds it
}

TEST_CASE("a number that another process has got since holds nothing", "[core]") {
  const TemporaryFolder folder;
  seg::write_file(folder.path / ".lock",
                  fmt::format("{} here {} 1 2026-01-02T03:04:05\n", ::getpid(),
                              seg::process_space()));  // it began at another time
  CHECK_NOTHROW(FolderLock(folder.path, FolderLock::By::file));
}

TEST_CASE("a link in the lock's place is not followed", "[core]") {
  const TemporaryFolder folder;
  seg::write_file(folder.path / "mine", "text");
  fs::create_symlink("mine", folder.path / ".lock");
  CHECK_THROWS_AS(FolderLock(folder.path), seg::Error);
  CHECK(seg::read_file(folder.path / "mine") == "text");
}
