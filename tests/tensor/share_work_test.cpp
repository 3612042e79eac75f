// Work shared out over Torch's threads.
#include "tensor/share_work.h"

#include "support/catch.h"
#include "support/threads.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace seg {
namespace {

// How often each of 0 .. count - 1 was done.
struct Calls {
  explicit Calls(std::int64_t count)
      : times(std::make_unique<std::atomic<int>[]>(count)), count(count) {}
  void add(std::int64_t i) const { ++times[i]; }
  bool each_once() const {
    for (std::int64_t i = 0; i < count; ++i)
      if (times[i] != 1) return false;
    return true;
  }
  std::unique_ptr<std::atomic<int>[]> times;
  std::int64_t count;
};

}  // namespace

TEST_CASE("shared work is done once each, whatever there is and on any number of threads",
          "[tensor]") {
  const int threads = GENERATE(1, 2, 3, 5, 16);
  const std::int64_t count = GENERATE(0, 1, 2, 4, 15, 16, 17, 1000, 100'000);
  INFO(count << " on " << threads);
  const test::Threads limited(threads);
  const Calls calls(count);
  share_work(count, [&](std::int64_t i) { calls.add(i); });
  CHECK(calls.each_once());
}

TEST_CASE("shared work uses no more threads than there are", "[tensor]") {
  const int threads = GENERATE(1, 2, 4);
  const test::Threads limited(threads);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  share_work(1000, [&](std::int64_t) {
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() <= static_cast<std::size_t>(threads));
  CHECK(!seen.empty());
}

TEST_CASE("an exception in shared work reaches the caller, and the rest is left", "[tensor]") {
  const int threads = GENERATE(1, 2, 5);
  const std::int64_t bad = GENERATE(0, 7, 99'999);
  const test::Threads limited(threads);
  std::atomic<std::int64_t> done{0};
  const auto run = [&] {
    share_work(100'000, [&](std::int64_t i) {
      if (i == bad) throw std::runtime_error("bad " + std::to_string(i));
      if (i > bad) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++done;
    });
  };
  CHECK_THROWS_WITH(run(), "bad " + std::to_string(bad));
  CHECK(done >= (threads == 1 ? bad : 0));
  CHECK(done < bad + 1000);  // a millisecond each: nobody takes 100,000
  // It is left as it was.
  const Calls calls(100);
  share_work(100, [&](std::int64_t i) { calls.add(i); });
  CHECK(calls.each_once());
}

TEST_CASE("of several exceptions in shared work one reaches the caller", "[tensor]") {
  const test::Threads limited(GENERATE(1, 2, 5));
  const auto run = [] {
    share_work(100, [](std::int64_t) { throw std::invalid_argument("all are bad"); });
  };
  CHECK_THROWS_AS(run(), std::invalid_argument);
}

TEST_CASE("shared work within shared work, or within Torch's, stays on its thread", "[tensor]") {
  const test::Threads limited(GENERATE(1, 2, 5));
  constexpr std::int64_t outer = 20, inner = 30;
  const Calls within_ours(outer * inner), within_torch(outer * inner);
  std::atomic<int> elsewhere{0};
  const auto nested = [&](const Calls& calls, std::int64_t i) {
    const auto here = std::this_thread::get_id();
    share_work(inner, [&, i](std::int64_t j) {
      if (at::get_num_threads() > 1 && std::this_thread::get_id() != here) ++elsewhere;
      calls.add(i * inner + j);
    });
  };
  share_work(outer, [&](std::int64_t i) { nested(within_ours, i); });
  CHECK(within_ours.each_once());
  at::parallel_for(0, outer, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) nested(within_torch, i);
  });
  CHECK(within_torch.each_once());
  CHECK(elsewhere == 0);
}

TEST_CASE("an exception in nested shared work reaches the caller", "[tensor]") {
  const test::Threads limited(GENERATE(1, 2, 5));
  const auto run = [] {
    share_work(4, [](std::int64_t) {
      share_work(4, [](std::int64_t j) {
        if (j == 2) throw std::out_of_range("inner");
      });
    });
  };
  CHECK_THROWS_AS(run(), std::out_of_range);
}

TEST_CASE("who has long work does not keep the others from theirs", "[tensor]") {
  const int threads = GENERATE(2, 3, 5);
  const std::int64_t slow = GENERATE(0, 3);
  constexpr std::int64_t count = 200;
  const test::Threads limited(threads);
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t done = 0;
  bool all_others = false;
  share_work(count, [&](std::int64_t i) {
    std::unique_lock lock(mutex);
    if (i == slow) {
      all_others =
          changed.wait_for(lock, std::chrono::seconds(60), [&] { return done == count - 1; });
      return;
    }
    ++done;
    changed.notify_all();
  });
  CHECK(all_others);
}

}  // namespace seg
