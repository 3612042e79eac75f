#pragma once
// The one exception of the library. A message is one sentence: what is wrong, in which file or key,
// what to do.
#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace seg {

// Why the program stops; the value is the exit code of every program.
enum class ErrorKind {
  failure = 1,       // the machine: disk, memory, no GPU, a checkpoint that does not fit
  config = 2,        // the command line or the YAML
  data = 3,          // the user's volumes, labels or splits
  interrupted = 130  // SIGINT or SIGTERM; what was written is complete and the run resumes
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

template <class... A>
[[noreturn]] void fail(fmt::format_string<A...> format, A&&... args) {
  throw Error(ErrorKind::failure, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
[[noreturn]] void fail_config(fmt::format_string<A...> format, A&&... args) {
  throw Error(ErrorKind::config, fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
[[noreturn]] void fail_data(fmt::format_string<A...> format, A&&... args) {
  throw Error(ErrorKind::data, fmt::format(format, std::forward<A>(args)...));
}

}  // namespace seg
