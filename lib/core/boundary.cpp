#include "core/boundary.h"

#include <signal.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

namespace seg {
namespace {

struct Trigger {
  std::string name;
  int count = 0, signal = 0;
  std::atomic<int> passed{0};

  Trigger() {
    if (const char* text = std::getenv("SEG_STOP_AT")) set(text);
  }

  void set(std::string_view text) {
    const std::size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return;
    std::from_chars(text.data() + first + 1, text.data() + second, count);
    std::from_chars(text.data() + second + 1, text.data() + text.size(), signal);
    name = text.substr(0, first);
    passed = 0;
  }
};

Trigger& trigger() {
  static Trigger one;
  return one;
}

}  // namespace

void at_boundary(std::string_view name) {
  Trigger& t = trigger();
  if (t.name.empty() || name != t.name) return;
  if (++t.passed == t.count) ::raise(t.signal);
}

void stop_at(std::string_view text) { trigger().set(text); }

}  // namespace seg
