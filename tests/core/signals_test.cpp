#include "core/signals.h"

#include "core/boundary.h"
#include "support/catch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// How a process ends that does `work`: its code, or 128 + the signal.
template <class F>
int end_of(F work) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);  // not the test program's
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the first Ctrl-C asks, the second ends the process", "[core]") {
  CHECK(end_of([] {
          seg::install_signal_handlers();
          ::raise(SIGINT);
          ::_exit(seg::stop_requested() ? 7 : 8);
        }) == 7);
  CHECK(end_of([] {
          seg::install_signal_handlers();
          ::raise(SIGINT);
          ::raise(SIGINT);
        }) == 128 + SIGINT);
  CHECK(end_of([] {
          seg::install_signal_handlers();
          ::raise(SIGINT);
          ::raise(SIGTERM);
        }) == 128 + SIGTERM);
}

TEST_CASE("a boundary stops the process at the asked pass of the asked name", "[core]") {
  const auto passes = [](const char* at) {
    return end_of([&] {
      seg::stop_at(at);
      seg::at_boundary("other");
      seg::at_boundary("step");
      seg::at_boundary("step");
      seg::at_boundary("other");
      ::_exit(7);
    });
  };
  CHECK(passes("step:2:9") == 128 + SIGKILL);
  CHECK(passes("other:2:15") == 128 + SIGTERM);
  CHECK(passes("step:3:9") == 7);
  CHECK(passes("nonsense") == 7);
}
