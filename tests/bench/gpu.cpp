#include "gpu.h"

#include "core/error.h"

#ifdef SEG_HAS_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>
#endif

namespace seg::bench {

#ifdef SEG_HAS_CUDA

std::vector<double> seconds_by_events(const std::function<void()>& work, int calls) {
  std::vector<at::cuda::CUDAEvent> events;
  for (int i = 0; i <= calls; ++i) events.emplace_back(cudaEventDefault);
  at::cuda::getCurrentCUDAStream().synchronize();
  events[0].record();
  for (int i = 0; i < calls; ++i) {
    work();
    events[static_cast<std::size_t>(i) + 1].record();
  }
  events.back().synchronize();
  std::vector<double> seconds;
  for (std::size_t i = 1; i < events.size(); ++i)
    seconds.push_back(events[i - 1].elapsed_time(events[i]) / 1e3);
  return seconds;
}

void reset_peak_device_memory() {
  c10::cuda::CUDACachingAllocator::resetPeakStats(c10::cuda::current_device());
}

double peak_device_mib() {
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(c10::cuda::current_device());
  const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return static_cast<double>(stats.allocated_bytes[all].peak) / 1048576;
}

#else

// segbench's main refuses --device cuda before any of these is reached.
std::vector<double> seconds_by_events(const std::function<void()>&, int) {
  fail("no CUDA in this build");
}
void reset_peak_device_memory() { fail("no CUDA in this build"); }
double peak_device_mib() { fail("no CUDA in this build"); }

#endif

}  // namespace seg::bench
