#include "core/signals.h"

#include "core/error.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace seg {
namespace {

volatile sig_atomic_t stop = 0;

void on_signal(int) {
  constexpr char text[] = "\nstopping; once more stops at once\n";
  const int before = errno;
  stop = 1;
  ::signal(SIGINT, SIG_DFL);  // the second signal, of either kind, ends the process
  ::signal(SIGTERM, SIG_DFL);
  if (::write(STDERR_FILENO, text, sizeof text - 1) < 0) errno = before;
}

void on_time_limit(int) { stop = 1; }

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_time_limit;
  ::sigaction(SIGUSR1, &action, nullptr);
}

bool stop_requested() { return stop != 0; }

void request_stop() { stop = 1; }

void throw_if_stopped() {
  if (stop_requested())
    throw Error(ErrorKind::interrupted,
                "interrupted; what was written so far is complete, and the same command goes on "
                "from what it keeps");
}

}  // namespace seg
