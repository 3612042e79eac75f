#include "core/parallel.h"

#include "core/signals.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace seg {

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = ::sched_getaffinity(0, sizeof set, &set) == 0
                  ? CPU_COUNT(&set)
                  : static_cast<int>(std::thread::hardware_concurrency());
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string limit;
  double period = 0;
  if (quota >> limit >> period && limit != "max" && period > 0)
    cores = std::min(cores, static_cast<int>(std::stod(limit) / period + 0.999));
  return std::max(1, cores);
}

double available_memory() {
  double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                 static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  std::ifstream quota("/sys/fs/cgroup/memory.max");
  std::string limit;
  if (quota >> limit && limit != "max") bytes = std::min(bytes, std::stod(limit));
  return bytes;
}

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  if (threads <= 0) threads = available_cores();
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr first;
  std::int64_t first_index = count;
  const auto run = [&] {
    for (;;) {
      if (failed || stop_requested()) return;
      const std::int64_t i = next++;
      if (i >= count) return;
      try {
        work(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        failed = true;
        if (i < first_index) {
          first_index = i;
          first = std::current_exception();
        }
      }
    }
  };
  const auto helpers = static_cast<std::size_t>(
      std::clamp<std::int64_t>(std::min<std::int64_t>(threads, count) - 1, 0, 1024));
  std::vector<std::jthread> pool;
  for (std::size_t t = 0; t < helpers; ++t) pool.emplace_back(run);
  run();
  pool.clear();
  if (first) std::rethrow_exception(first);
  if (next < count) throw_if_stopped();
}

}  // namespace seg
