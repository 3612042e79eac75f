#include "core/progress.h"

#include "core/log.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>

namespace seg {
namespace {
std::atomic<bool> line_on_screen{false};
constexpr int bar_width = 24;
}  // namespace

std::string clock_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::max(0.0, std::round(seconds)));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

Progress::Progress(std::string what, std::string unit, std::int64_t total)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      last_shown_(start_),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

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
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const std::string speed = rate >= 1 || rate == 0 ? fmt::format("{:.1f} {}/s", rate, unit_)
                                                   : fmt::format("{:.1f} s each", 1 / rate);
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  return fmt::format("{}/{} {}, {}, {}{}", done_, total_, unit_, speed,
                     done_ < total_ ? clock_text(left) + " left" : clock_text(seconds) + " in all",
                     note_.empty() ? "" : ", " + note_);
}

void Progress::advance(std::int64_t by, const std::string& note) {
  std::lock_guard lock(mutex_);
  done_ += by;
  if (!note.empty()) note_ = note;
  show(done_ >= total_);
}

void Progress::show(bool last) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  if (!terminal_) {
    const std::int64_t tenth = total_ > 0 ? done_ * 10 / total_ : 10;
    if (tenth > shown_tenth_ && (last || seconds > 1)) {
      shown_tenth_ = tenth;
      log::info("{}: {}", what_, line(seconds));
    }
    return;
  }
  if (!last && now - last_shown_ < std::chrono::milliseconds(100)) return;
  last_shown_ = now;
  const int filled =
      total_ > 0 ? static_cast<int>(bar_width * std::min(done_, total_) / total_) : bar_width;
  const std::string bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
  std::fprintf(stderr, "\r\x1b[K%s [%s] %s", what_.c_str(), bar.c_str(), line(seconds).c_str());
  std::fflush(stderr);
  line_on_screen = true;
}

}  // namespace seg
