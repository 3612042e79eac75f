#pragma once
// Catch2 of either generation (Debian 12 ships 2, newer systems 3), and how a test says that it
// could not run.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <cstdlib>
#include <filesystem>
#include <string>

namespace seg::test {

// Counts the running test case as skipped, loudly. Use through SEG_SKIP.
void skip(const std::string& why);

// The folder that the environment variable names, or "" where it is unset or no folder.
inline std::filesystem::path folder_from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value && std::filesystem::is_directory(value) ? std::filesystem::path(value)
                                                       : std::filesystem::path();
}

// The reference vectors: all of them where SEG_ORACLE_DIR names their folder, else those that the
// project holds (tests/reference). Throws where they are missing: no comparison is left out.
std::filesystem::path reference_folder();

// A folder of its own, removed at the end of the test.
struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "segtest-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path path;
};

}  // namespace seg::test

// Leaves the test case, which counts as skipped: SEG_SKIP("no GPU here");
#define SEG_SKIP(why)       \
  do {                      \
    ::seg::test::skip(why); \
    return;                 \
  } while (false)

// Inside a TEST_CASE: `dir` is the folder of reference vectors.
#define SEG_ORACLE(dir) const auto dir = ::seg::test::reference_folder()

// Inside a TEST_CASE: `dir` is the folder of real volumes, which are not part of the project, or
// the test is skipped.
#define SEG_REAL_DATA(dir)                                               \
  const auto dir = ::seg::test::folder_from_environment("SEG_DATA_DIR"); \
  if ((dir).empty()) SEG_SKIP("SEG_DATA_DIR names no folder of real volumes")

// First in a TEST_CASE tagged [cuda], in a file that includes <torch/torch.h> or <torch/cuda.h>:
// without a GPU the test is skipped, or fails where the environment says SEG_REQUIRE_GPU=1.
#define SEG_GPU()                                                                                \
  if (!torch::cuda::is_available()) {                                                            \
    const char* required = std::getenv("SEG_REQUIRE_GPU");                                       \
    if (required && std::string(required) == "1") FAIL("SEG_REQUIRE_GPU=1, but no GPU is here"); \
    SEG_SKIP("no GPU here");                                                                     \
  }                                                                                              \
  static_assert(true, "SEG_GPU() ends with a semicolon")
