#include "inference/spinning.h"

#include <omp.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace seg {
namespace {

// The library spins 100 times, not 300,000, while there are more OpenMP threads than processors
// (GOMP_SPINCOUNT in its manual). So there are: a team that did nothing once and is kept.
void idle(const std::stop_token& stop) {
#pragma omp parallel num_threads(omp_get_num_procs() + 1)
  {
    asm volatile("");  // the compiler drops an empty region
  }
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, stop, [] { return false; });
}

}  // namespace

void keep_threads_from_spinning() { static const std::jthread team(idle); }

}  // namespace seg
