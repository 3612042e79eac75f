#pragma once
// What the fuzz targets share. A bad input may be refused, by an Error of one sentence; all else,
// a raw exception as well as what the sanitizers see, ends the program and is a finding.
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace seg::fuzz {

// A folder of this process, in memory where there is such a place.
inline const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    const std::filesystem::path memory = "/dev/shm";
    auto made =
        (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) /
        ("segfuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(made);
    log::set_level(log::Level::off);
    std::atexit([] { std::filesystem::remove_all(folder()); });
    return made;
  }();
  return path;
}

// Without the flush to disk of write_file, which takes longer than all the rest.
inline std::filesystem::path put(const std::string& name, const std::string& bytes) {
  const std::filesystem::path file = folder() / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Whether work() refuses the input, in words of ours.
template <class Work>
bool refused(const std::string& input, Work work) {
  try {
    work();
    return false;
  } catch (const Error& e) {
    const std::string text = e.what();
    for (const char* raw : {"[json.exception", "yaml-cpp:", "filesystem error:"})
      require(text.find(raw) == std::string::npos || input.find(raw) != std::string::npos);
    require(!text.empty());
    return true;
  }
}

// work(bytes) for the fuzzer's input.
template <class Work>
int run(const std::uint8_t* data, std::size_t size, Work work) {
  folder();
  work(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

}  // namespace seg::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
