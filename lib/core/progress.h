#pragma once
// Progress of long work: on a terminal one line redrawn in place (bar, share, rate, time left);
// elsewhere a line every tenth of the way.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace seg {

class Progress {
 public:
  // what: "preprocessing"; unit: "cases"; total >= 0. Safe to advance from several threads.
  Progress(std::string what, std::string unit, std::int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // note: shown behind the figures, e.g. "loss 0.412".
  void advance(std::int64_t by = 1, const std::string& note = "");

  // Used by the log, so that a line does not land in the middle of a bar.
  static void clear_line();

 private:
  std::string line(double seconds) const;
  void show(bool last);

  std::string what_, unit_, note_;
  std::int64_t total_, done_ = 0, shown_tenth_ = 0;
  std::chrono::steady_clock::time_point start_, last_shown_;
  std::mutex mutex_;
  bool terminal_;
};

// "3:07", "1:02:45"
std::string clock_text(double seconds);

}  // namespace seg
