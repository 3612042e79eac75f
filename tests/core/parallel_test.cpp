#include "core/parallel.h"

#include "core/error.h"
#include "core/signals.h"
#include "support/catch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using seg::parallel_for;

TEST_CASE("parallel_for calls each index once", "[core]") {
  for (const int threads : {0, 1, 7}) {
    std::vector<std::atomic<int>> calls(1000);
    parallel_for(1000, threads, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const auto& count : calls) REQUIRE(count == 1);
  }
  parallel_for(0, 4, [](std::int64_t) { FAIL("nothing to do"); });
}

TEST_CASE("the exception of the lowest index reaches the caller, and the rest is left", "[core]") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> calls{0};
    CHECK_THROWS_WITH(parallel_for(100000, 4,
                                   [&](std::int64_t i) {
                                     ++calls;
                                     if (i == 3)
                                       std::this_thread::sleep_for(std::chrono::milliseconds(2));
                                     if (i == 3 || i == 5) seg::fail_data("case {}", i);
                                     if (i > 5)
                                       std::this_thread::sleep_for(std::chrono::microseconds(100));
                                   }),
                      "case 3");
    CHECK(calls < 100000);
  }
}

TEST_CASE("a stop signal ends parallel_for with exit code 130", "[core]") {
  const pid_t child = ::fork();  // a stop cannot be taken back
  if (child == 0) {
    std::atomic<int> calls{0};
    try {
      parallel_for(1000, 2, [&](std::int64_t) {
        ++calls;
        seg::request_stop();
      });
    } catch (const seg::Error& e) {
      ::_exit(calls <= 2 ? e.exit_code() : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 130);
}

TEST_CASE("at least one core is available", "[core]") { CHECK(seg::available_cores() >= 1); }
