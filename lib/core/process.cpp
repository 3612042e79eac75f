#include "core/process.h"

#include "core/hash.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace seg {

std::string host_name() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return host;
}

const std::string& process_space() {
  static const std::string name = [] {
    std::error_code ignored;
    const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", ignored);
    return hash_text(host_name() + space.string()).substr(0, 8);
  }();
  return name;
}

std::uint64_t process_start(std::int64_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::size_t name_ends = text.rfind(')');  // a name may hold anything
  if (name_ends == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_ends + 1));
  std::string state, skipped;
  fields >> state;
  if (state == "Z" || state == "X") return 0;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t start = 0;
  fields >> start;
  return start;
}

}  // namespace seg
