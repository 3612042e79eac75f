#include "prep/lost_pages.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>

namespace seg {

// An entry of a list that only grows: the signal's handler walks it without a lock. One without a
// begin is free.
struct Range {
  std::atomic<const char*> begin{nullptr};
  std::size_t length = 0;
  std::string sentence;
  Range* next = nullptr;
};

namespace {

std::atomic<Range*> ranges{nullptr};
std::mutex registering;

// The thread that is stopped here holds the range, so its entry stays.
void on_lost_page(int signal, siginfo_t* info, void*) {
  const auto* at = static_cast<const char*>(info->si_addr);
  for (const Range* r = ranges; r; r = r->next) {
    const char* begin = r->begin;
    if (!begin || at < begin || at >= begin + r->length) continue;
    if (::write(STDERR_FILENO, r->sentence.data(), r->sentence.size()) < 0) ::_exit(1);
    ::_exit(1);
  }
  ::signal(signal, SIG_DFL);  // not ours: it comes again, and ends the process
}

void install_once() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = on_lost_page;
    action.sa_flags = SA_SIGINFO;
    return ::sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  (void)installed;
}

}  // namespace

LostPages::LostPages(const char* begin, std::size_t length, const std::string& place) {
  install_once();
  const std::lock_guard lock(registering);
  range_ = ranges;
  while (range_ && range_->begin) range_ = range_->next;
  if (!range_) {
    range_ = new Range;
    range_->next = ranges;
    ranges = range_;
  }
  range_->length = length;
  range_->sentence = place +
                     ": a cached volume was cut, or its disk failed, while it was in use; remove "
                     "the folder, and it is built again\n";
  range_->begin = begin;
}

LostPages::~LostPages() { range_->begin = nullptr; }

}  // namespace seg
