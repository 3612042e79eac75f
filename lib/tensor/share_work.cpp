#include "tensor/share_work.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

namespace seg {

void share_work(std::int64_t count, const std::function<void(std::int64_t)>& work) {
  std::atomic<std::int64_t> next{0};
  const auto take = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        next = count;
        throw;  // at::parallel_for hands the first on
      }
    }
  };
  const std::int64_t threads = std::min<std::int64_t>(count, at::get_num_threads());
  at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) { take(); });
}

}  // namespace seg
