// The judgements of gpu-check, whose own tests are in Python.
#include "core/files.h"
#include "support/catch.h"

#include <sys/wait.h>
#include <cstdio>

namespace fs = std::filesystem;

TEST_CASE("gpu-check passes only where every part passed", "[apps][python][.slow]") {
  if (std::system("python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'") != 0) {
    SEG_SKIP("no python3 of at least 3.9");
  }
  fs::path folder = seg::program_folder();
  while (folder.has_relative_path() && !fs::exists(folder / "tests/gpu"))
    folder = folder.parent_path();
  if (!fs::exists(folder / "tests/gpu")) SEG_SKIP("no source folder above this program");
  const std::string command =
      "python3 -B " + (folder / "tests/gpu/check_test.py").string() + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char block[4096];
  while (const std::size_t n = std::fread(block, 1, sizeof block, pipe)) text.append(block, n);
  INFO(text);
  CHECK(::pclose(pipe) == 0);
}
