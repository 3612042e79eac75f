// Runs the tests and closes with one line: N passed, N failed, N skipped (test cases).
// segtests --folder NAME ... runs those of tests/NAME, without the hidden ones.
#define CATCH_CONFIG_RUNNER
#include "support/catch.h"

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

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

namespace {

// The name as a specification of tests: Catch2 gives a meaning to these characters.
std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (std::string("\\,[]").find(c) != std::string::npos) text += '\\';
    text += c;
  }
  return text;
}

// The tests of a folder as one specification; empty where it has none.
std::string tests_of(const std::string& folder, const Catch::Config& config) {
  std::string all;
  for (const auto& test : Catch::getAllTestCasesSorted(config)) {
    const Catch::TestCaseInfo& info = test.getTestCaseInfo();
    const std::string file = info.lineInfo.file;
    if (info.isHidden() || file.find("tests/" + folder + "/") == std::string::npos) continue;
    all += (all.empty() ? "" : ",") + escaped(info.name);
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<const char*> arguments(argv, argv + argc);
  std::string folder;
  if (argc > 2 && arguments[1] == std::string("--folder")) {
    folder = arguments[2];
    arguments.erase(arguments.begin() + 1, arguments.begin() + 3);
  }
  Catch::Session session;
  if (const int wrong =
          session.applyCommandLine(static_cast<int>(arguments.size()), arguments.data()))
    return wrong;
  if (!folder.empty()) {
    auto chosen = session.configData();
    chosen.testsOrTags = {tests_of(folder, session.config())};
    if (chosen.testsOrTags[0].empty()) {
      std::cerr << "segtests: no test is of the folder " << folder << std::endl;
      return 1;
    }
    session.useConfigData(chosen);
  }
  const int result = session.run();
  if (passed + failed + skipped > 0)
    std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return result;
}
