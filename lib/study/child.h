#pragma once
// Another program of this folder, as a process of its own: one that crashes or runs out of memory
// takes nothing else with it.
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace seg {

struct ChildCommand {
  std::vector<std::string> words;                                     // the program first, a path
  std::vector<std::pair<std::string, std::string>> environment = {};  // beside this process's
};

// Its standard output goes nowhere; its standard error is read line by line. It belongs to a
// process group of its own, so that a terminal's Ctrl-C reaches it by ask_to_stop() alone, and is
// asked to stop when this process dies.
class Child {
 public:
  // Throws Error(failure) where there is no such program, or no process can be made.
  explicit Child(const ChildCommand& command);
  ~Child();  // asks to stop and waits
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  int descriptor() const { return output_; }  // to wait for what it writes

  // The lines that are whole by now, without waiting; more than 4 KiB without an end is a line.
  std::vector<std::string> lines();

  // Whether its end was read: it is gone or about to be.
  bool ended() const { return ended_; }

  void ask_to_stop();  // SIGUSR1: as often as one likes

  // Waits for it. The exit code, or 128 + the signal that ended it; 130, as of a program that was
  // interrupted, where it was asked to stop before it could listen.
  int wait();

 private:
  pid_t process_ = -1;
  int output_ = -1;
  bool ended_ = false, asked_ = false;
  std::string rest_;
};

}  // namespace seg
