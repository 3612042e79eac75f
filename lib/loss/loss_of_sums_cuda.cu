#include "core/cuda_kernel.h"
#include "loss/loss_of_sums.h"
#include "loss/loss_of_sums_cuda.h"

namespace seg {
namespace {

constexpr int kThreads = 128;
constexpr std::int64_t kMostShared = 32 << 10;  // bytes

// One thread reckons: 16 classes take it a few microseconds. The others bring the sums into shared
// memory and the slopes back, where they fit.
__global__ void loss_of_sums_kernel(LossFormula f, SumsOfBatch s, bool fits, float* value) {
  SEG_SHARED_MEMORY(double, shared);
  const std::int64_t count = s.samples * s.size(), thread = threadIdx.x;
  SumsOfBatch near = s;
  if (fits) {
    near.sums = shared, near.slopes = reinterpret_cast<float*>(shared + count);
    for (std::int64_t i = thread; i < count; i += kThreads) shared[i] = s.sums[i];
  }
  __syncthreads();
  if (thread == 0) *value = static_cast<float>(loss_of_sums(f, near));
  __syncthreads();
  if (!fits) return;
  for (std::int64_t i = thread; i < count; i += kThreads) s.slopes[i] = near.slopes[i];
}

}  // namespace

const char* loss_of_sums_cuda(const LossFormula& formula, std::int64_t samples,
                              std::int64_t classes, const double* sums, float* slopes, float* value,
                              CUstream_st* stream) {
  const SumsOfBatch s{sums, slopes, samples, classes};
  const std::int64_t bytes =
      samples * (8 * classes + 2) * static_cast<std::int64_t>(sizeof(double) + sizeof(float));
  const bool fits = bytes <= kMostShared;
  return launch(loss_of_sums_kernel, dim3(1), dim3(kThreads),
                fits ? static_cast<std::size_t>(bytes) : 0, stream, formula, s, fits, value);
}

}  // namespace seg
