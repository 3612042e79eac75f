// Runs the tests and closes with one line: N passed, N failed, N skipped (test cases).
#define CATCH_CONFIG_RUNNER
#include "support/catch.h"

#include <cstdio>
#include <iostream>

namespace {

bool skipped_here = false;
int passed = 0, failed = 0, skipped = 0;

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

struct Count : ListenerBase {
  using ListenerBase::ListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo&) override { skipped_here = false; }
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (!stats.totals.assertions.allOk())
      ++failed;
    else
      ++(skipped_here ? skipped : passed);
  }
};
CATCH_REGISTER_LISTENER(Count)

}  // namespace

namespace seg::test {
void skip(const std::string& why) {
  skipped_here = true;
  std::cout << "SKIPPED  " << Catch::getResultCapture().getCurrentTestName() << ": " << why
            << std::endl;
  SUCCEED("skipped");
}
}  // namespace seg::test

int main(int argc, char** argv) {
  const int result = Catch::Session().run(argc, argv);
  if (passed + failed + skipped > 0)
    std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return result;
}
