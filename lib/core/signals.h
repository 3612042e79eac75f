#pragma once
// SIGINT and SIGTERM ask politely: the work looks at stop_requested() between steps, finishes what
// it writes and ends with exit code 130. A second signal ends the process at once; nothing
// half-written stays, since every file is renamed into place. SIGUSR1, which batch systems send
// before a time limit, asks likewise, and again does nothing more.

namespace seg {

void install_signal_handlers();
bool stop_requested();
void request_stop();      // what the handler does; for tests
void throw_if_stopped();  // Error(interrupted) when a stop was asked for

}  // namespace seg
