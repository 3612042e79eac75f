#include "core/files.h"

#include "core/error.h"
#include "core/process.h"
#include "support/catch.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

namespace fs = std::filesystem;
using seg::test::TemporaryFolder;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// Leaves what a process leaves that dies while it writes `folder`.
void die_writing(const fs::path& folder) {
  const pid_t child = ::fork();
  if (child == 0)
    seg::write_folder(folder, [](const fs::path& temporary) {
      put(temporary / "weights", "half");
      ::_exit(0);
    });
  ::waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("a file is written whole, and an older one replaced", "[core]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.txt";
  seg::write_file(file, "one");
  seg::write_file(file, std::string("t\0wo", 4));
  CHECK(seg::read_file(file) == std::string("t\0wo", 4));
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("an exception while writing leaves the old file and nothing beside it", "[core]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.nii.gz";
  seg::write_file(file, "old");
  CHECK_THROWS_WITH(seg::write_beside(file,
                                      [&](const fs::path& temporary) {
                                        CHECK(temporary.parent_path() == folder.path);
                                        CHECK(temporary.filename().string().ends_with("a.nii.gz"));
                                        put(temporary, "half");
                                        seg::fail("disk full");
                                      }),
                    "disk full");
  CHECK(seg::read_file(file) == "old");
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("a folder appears whole and replaces an older one", "[core]") {
  const TemporaryFolder folder;
  const fs::path target = folder.path / "step-1";
  seg::write_folder(target, [](const fs::path& temporary) { put(temporary / "old", "1"); });
  seg::write_folder(target, [](const fs::path& temporary) {
    fs::create_directory(temporary / "sub");
    put(temporary / "sub" / "new", "2");
  });
  CHECK_FALSE(fs::exists(target / "old"));
  CHECK(seg::read_file(target / "sub" / "new") == "2");
  CHECK_THROWS(seg::write_folder(target, [](const fs::path&) { seg::fail("no"); }));
  CHECK(seg::read_file(target / "sub" / "new") == "2");
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("a folder that is replaced again and again is there at every moment", "[core]") {
  const TemporaryFolder folder;
  const fs::path target = folder.path / "case";
  const auto write = [&] {
    seg::write_folder(target,
                      [](const fs::path& temporary) { put(temporary / "case.json", "{}"); });
  };
  write();
  std::atomic<bool> done = false;
  int failures = 0;
  std::vector<std::jthread> writers;
  for (int i = 0; i < 3; ++i)
    writers.emplace_back([&] {
      for (int k = 0; k < 40; ++k) write();
    });
  std::jthread reader([&] {
    while (!done)
      if (!fs::exists(target / "case.json")) ++failures;
  });
  writers.clear();
  done = true;
  reader.join();
  CHECK(failures == 0);
  CHECK(entries(folder.path) == 1);
}

TEST_CASE("an output goes where its link points, and into pipes and devices", "[core]") {
  const TemporaryFolder folder;
  put(folder.path / "target.json", "old");
  fs::create_symlink("target.json", folder.path / "link.json");
  seg::write_output(folder.path / "link.json", "new");
  CHECK(fs::is_symlink(folder.path / "link.json"));
  CHECK(seg::read_file(folder.path / "target.json") == "new");
  fs::create_symlink("absent.json", folder.path / "dangling.json");
  seg::write_output(folder.path / "dangling.json", "there");
  CHECK(seg::read_file(folder.path / "absent.json") == "there");

  const fs::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string got;
  std::jthread reader([&] { std::getline(std::ifstream(pipe), got); });
  seg::write_output(pipe, "through");
  reader.join();
  CHECK(got == "through");
  CHECK(fs::is_fifo(pipe));
  CHECK_THROWS_WITH(seg::output_file(pipe),
                    pipe.string() + ": is no file that can be replaced; name another output");
  CHECK_THROWS_AS(seg::write_output(folder.path, "x"), seg::Error);
  CHECK_THROWS_AS(seg::write_output("/dev/full", "x"), seg::Error);
  CHECK(fs::is_character_file("/dev/full"));
  if (fs::is_directory("/dev/shm")) {
    const fs::path shared = "/dev/shm/segtest-" + std::to_string(::getpid());
    for (const char* text : {"one", "two"}) seg::write_output(shared, text);
    CHECK(seg::read_file(shared) == "two");
    fs::remove(shared);
  }
}

TEST_CASE("a folder is removed whole", "[core]") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path / "step-1" / "sub");
  put(folder.path / "step-1" / "sub" / "file", "1");
  seg::remove_folder(folder.path / "step-1");
  CHECK(entries(folder.path) == 0);
}

TEST_CASE("a link is replaced in one step and stays relative", "[core]") {
  const TemporaryFolder folder;
  put(folder.path / "a", "A");
  put(folder.path / "b", "B");
  seg::replace_link(folder.path / "last", "a");
  seg::replace_link(folder.path / "last", "b");
  CHECK(fs::read_symlink(folder.path / "last") == "b");
  CHECK(seg::read_file(folder.path / "last") == "B");
  CHECK(entries(folder.path) == 3);
}

TEST_CASE("stale temporaries go, those of living processes stay", "[core]") {
  const TemporaryFolder folder;
  die_writing(folder.path / "step-3");
  CHECK(seg::stale_temporaries(folder.path).size() == 1);
  const fs::path elsewhere = folder.path / ".part-1-00000000-0.a.txt",
                 old = folder.path / ".part-1-00000000-1.a.txt";
  put(elsewhere, "half");  // of another machine: perhaps alive
  put(old, "half");
  const fs::path same_number =
      folder.path / fmt::format(".part-{}-{}-1-0.c.txt", ::getpid(), seg::process_space());
  put(same_number, "half");  // of a process that had this one's number before
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(49));
  put(folder.path / "kept", "1");
  seg::write_beside(folder.path / "b.txt", [&](const fs::path& alive) {
    put(alive, "half");
    seg::remove_stale_temporaries(folder.path);
    CHECK(fs::exists(alive));
  });
  CHECK(fs::exists(elsewhere));
  CHECK_FALSE(fs::exists(old));
  CHECK_FALSE(fs::exists(same_number));
  CHECK(entries(folder.path) == 3);
  seg::remove_stale_temporaries(folder.path / "absent");
}

TEST_CASE("errors of files name the file and what to do", "[core]") {
  const TemporaryFolder folder;
  const std::string path = folder.path.string();
  CHECK_THROWS_WITH(seg::read_file(folder.path / "absent"),
                    path + "/absent: cannot be read (No such file or directory)");
  CHECK_THROWS_WITH(seg::read_file(folder.path), path + ": cannot be read (it is a folder)");
  CHECK_THROWS_WITH(seg::write_file(folder.path / "no" / "a", "x"),
                    path +
                        "/no/a: cannot be written (No such file or directory); check the folder's "
                        "rights and free space");
  put(folder.path / "file", "x");
  CHECK_THROWS_WITH(seg::make_folder(folder.path / "file"),
                    Catch::Matchers::StartsWith(path + "/file: the folder cannot be made (") &&
                        Catch::Matchers::EndsWith("; choose another place or mend its rights"));
  seg::make_folder(folder.path / "x" / "y");
  CHECK(fs::is_directory(folder.path / "x" / "y"));
}

TEST_CASE("an error carries the exit code of its kind", "[core]") {
  const auto code = [](auto&& act) {
    try {
      act();
    } catch (const seg::Error& e) {
      CHECK(std::string(e.what()) == "3 apples");
      return e.exit_code();
    }
    return 0;
  };
  CHECK(code([] { seg::fail("{} apples", 3); }) == 1);
  CHECK(code([] { seg::fail_config("{} apples", 3); }) == 2);
  CHECK(code([] { seg::fail_data("{} apples", 3); }) == 3);
  CHECK(code([] { throw seg::Error(seg::ErrorKind::interrupted, "3 apples"); }) == 130);
}
