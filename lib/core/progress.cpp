#include "core/progress.h"

#include "core/log.h"
#include "core/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>

namespace seg {
namespace {
std::atomic<bool> line_on_screen{false};
constexpr int widest_bar = 24, narrowest_bar = 8;
constexpr auto between_redraws = std::chrono::milliseconds(100);
constexpr auto between_log_lines = std::chrono::minutes(5);

int terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}
}  // namespace

std::string clock_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(0.0, std::round(seconds)));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string progress_figures(double done, double timed, std::int64_t total, const std::string& unit,
                             double seconds) {
  std::string text = fmt::format("{}/{} {}", static_cast<std::int64_t>(done), total, unit);
  if (timed <= 0 || seconds <= 0) return text;
  const double rate = timed / seconds, left = (static_cast<double>(total) - done) / rate;
  text += rate >= 1 ? fmt::format(", {:.1f} {}/s", rate, unit)
                    : fmt::format(", {:.1f} s each", 1 / rate);
  return text + ", " + (left > 0 ? clock_text(left) + " left" : clock_text(seconds) + " in all");
}

std::string progress_bar(const std::string& what, double share, const std::string& figures,
                         int columns) {
  const int text = static_cast<int>(what.size() + figures.size()) + 4;  // two spaces, two brackets
  const int width = std::clamp(columns - text, narrowest_bar, widest_bar);
  const int filled = static_cast<int>(width * std::clamp(share, 0.0, 1.0));
  const std::string line =
      what + " [" + std::string(filled, '#') + std::string(width - filled, '.') + "] " + figures;
  return line.substr(0, static_cast<std::size_t>(std::max(0, columns)));
}

Progress::Progress(std::string what, std::string unit, std::int64_t total, std::int64_t done)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      begun_(done),
      done_(done),
      shown_tenth_(total > 0 ? done * 10 / total : 0),
      start_(std::chrono::steady_clock::now()),
      last_shown_(start_),
      terminal_(::isatty(STDERR_FILENO) == 1) {
  if (terminal_ && total_ > 0) show_on_terminal(true);
}

Progress::~Progress() {
  if (terminal_) clear_line();
}

void Progress::clear_line() {
  if (line_on_screen.exchange(false)) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
  }
}

std::string Progress::line(double seconds) const {
  const double done = static_cast<double>(done_) + within_;
  return progress_figures(done, done - static_cast<double>(begun_), total_, unit_, seconds) +
         (note_.empty() ? "" : ", " + note_);
}

void Progress::advance(std::int64_t by, const std::string& note) {
  std::lock_guard lock(mutex_);
  done_ += by;
  within_ = 0;
  if (!note.empty()) note_ = note;
  show(done_ >= total_);
}

void Progress::within(double share) {
  std::lock_guard lock(mutex_);
  within_ = std::clamp(share, 0.0, 1.0);
  show(false);
}

void Progress::show(bool last) { terminal_ ? show_on_terminal(last) : show_in_log(last); }

void Progress::show_on_terminal(bool last) {
  const auto now = std::chrono::steady_clock::now();
  if (!last && now - last_shown_ < between_redraws) return;
  last_shown_ = now;
  const double done = static_cast<double>(done_) + within_;
  const double share = total_ > 0 ? done / static_cast<double>(total_) : 1;
  const std::string figures = line(std::chrono::duration<double>(now - start_).count());
  // The last column stays free: a terminal may wrap there.
  const std::string bar =
      progress_bar(visible(what_), share, visible(figures), terminal_columns() - 1);
  std::fprintf(stderr, "\r\x1b[K%s", bar.c_str());
  std::fflush(stderr);
  line_on_screen = true;
}

void Progress::show_in_log(bool last) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::int64_t tenth = total_ > 0 ? done_ * 10 / total_ : 10;
  const bool further = tenth > shown_tenth_ && (last || seconds > 1);
  if (!further && now - last_shown_ < between_log_lines) return;
  shown_tenth_ = tenth;
  last_shown_ = now;
  log::info("{}: {}", what_, line(seconds));
}

}  // namespace seg
