#include "study/child.h"

#include "core/error.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace seg {
namespace {

constexpr std::size_t longest_line = 4096;

// Between fork and exec only what a signal handler may do.
[[noreturn]] void become(char* const* words, char* const* environment, int output, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(130);  // it died before that
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (nowhere < 0 || ::dup2(nowhere, STDIN_FILENO) < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0 ||
      ::dup2(output, STDERR_FILENO) < 0)
    ::_exit(127);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// This process's environment with the command's over it.
std::vector<std::string> environment_of(const ChildCommand& command) {
  std::vector<std::string> texts;
  for (char** entry = ::environ; *entry; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : command.environment)
      replaced = replaced || text.starts_with(name + "=");
    if (!replaced) texts.push_back(text);
  }
  for (const auto& [name, value] : command.environment) texts.push_back(name + "=" + value);
  return texts;
}

}  // namespace

Child::Child(const ChildCommand& command) {
  std::vector<std::string> words = command.words, environment = environment_of(command);
  if (::access(words[0].c_str(), X_OK) != 0)
    fail("{} cannot be started ({}); build or install it", words[0], std::strerror(errno));
  const std::vector<char*> argv = pointers(words), envp = pointers(environment);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    fail("{} cannot be started ({})", words[0], std::strerror(errno));
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(argv.data(), envp.data(), ends[1], parent);
  const int error = errno;
  ::close(ends[1]);
  output_ = ends[0];
  if (process_ < 0) {
    ::close(output_);
    fail("{} cannot be started ({})", words[0], std::strerror(error));
  }
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
}

Child::Child(Child&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      output_(std::exchange(other.output_, -1)),
      ended_(other.ended_),
      asked_(other.asked_),
      rest_(std::move(other.rest_)) {}

Child::~Child() {
  if (process_ > 0) {
    ask_to_stop();
    wait();
  }
  if (output_ >= 0) ::close(output_);
}

std::vector<std::string> Child::lines() {
  char block[4096];
  while (!ended_) {
    const ssize_t count = ::read(output_, block, sizeof block);
    if (count > 0) rest_.append(block, static_cast<std::size_t>(count));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    ended_ = count <= 0;
  }
  std::vector<std::string> whole;
  for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1))
    whole.push_back(rest_.substr(0, end));
  if (!rest_.empty() && (ended_ || rest_.size() > longest_line))
    whole.push_back(std::exchange(rest_, ""));
  return whole;
}

void Child::ask_to_stop() {
  asked_ = true;
  if (process_ > 0) ::kill(process_, SIGUSR1);
}

int Child::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return asked_ && WTERMSIG(status) == SIGUSR1 ? 130 : 128 + WTERMSIG(status);
}

}  // namespace seg
