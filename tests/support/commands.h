#pragma once
// Commands as a user runs them, and where the sources are.
#include "core/files.h"

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

namespace seg::test {

struct Outcome {
  int code;          // 128 + the signal where one ended it
  std::string text;  // both streams
};

inline Outcome run_command(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string text;
  char block[4096];
  while (const std::size_t n = std::fread(block, 1, sizeof block, pipe)) text.append(block, n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text};
}

// The names in a folder, sorted, a space between.
inline std::string listing(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

inline bool no_python() {
  return run_command("python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'").code != 0;
}

// The folder above this program that holds `part` of the sources; empty where there is none.
inline std::filesystem::path source_folder(const std::filesystem::path& part) {
  std::filesystem::path folder = program_folder();
  while (folder.has_relative_path() && !std::filesystem::exists(folder / part))
    folder = folder.parent_path();
  return std::filesystem::exists(folder / part) ? folder : std::filesystem::path();
}

}  // namespace seg::test
