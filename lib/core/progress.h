#pragma once
// Progress of long work: on a terminal one line redrawn in place (bar, share, rate, time left);
// elsewhere a line every tenth of the way, and every five minutes where a tenth takes longer.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace seg {

class Progress {
 public:
  // what: "preprocessing"; unit: "cases"; total >= 0. done: what is done already, which tells
  // nothing of the rate. Safe to advance from several threads.
  Progress(std::string what, std::string unit, std::int64_t total, std::int64_t done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // note: shown behind the figures, e.g. "loss 0.412".
  void advance(std::int64_t by = 1, const std::string& note = "");

  // How much of the next unit is done, from 0 to 1; advance() forgets it.
  void within(double share);

  // Used by the log, so that a line does not land in the middle of a bar.
  static void clear_line();

 private:
  std::string line(double seconds) const;
  void show(bool last);
  void show_on_terminal(bool last);
  void show_in_log(bool last);

  std::string what_, unit_, note_;
  std::int64_t total_, begun_, done_, shown_tenth_;
  double within_ = 0;
  std::chrono::steady_clock::time_point start_, last_shown_;
  std::mutex mutex_;
  bool terminal_;
};

// "3:07", "1:02:45"
std::string clock_text(double seconds);

// "140/600 steps, 3.1 steps/s, 2:28 left": done and what of it took `seconds` may have fractions.
std::string progress_figures(double done, double timed, std::int64_t total, const std::string& unit,
                             double seconds);

// "training [#####...] 140/600 steps", at most `columns` wide: the bar gives way first, then the
// end of the figures.
std::string progress_bar(const std::string& what, double share, const std::string& figures,
                         int columns);

}  // namespace seg
