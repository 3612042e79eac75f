#include "core/cuda_kernel.h"
#include "loss/loss_of_sums.h"
#include "loss/loss_of_sums_cuda.h"

namespace seg {
namespace {

constexpr int kWarp = 32;
constexpr std::int64_t kMostShared = 32 << 10;  // bytes

struct Warp {
  static constexpr std::int64_t step = kWarp;
  std::int64_t member;
  __device__ double sum(double x) const {
    for (int n = kWarp / 2; n > 0; n /= 2) x += __shfl_xor_sync(0xffffffffu, x, n);
    return x;
  }
  __device__ void sync() const { __syncwarp(); }
};

// One warp; it works in shared memory where the sums and slopes fit there.
__global__ void loss_of_sums_kernel(LossFormula f, SumsOfBatch s, bool fits, float* value) {
  SEG_SHARED_MEMORY(double, near_sums);
  const std::int64_t count = s.samples * s.size();
  const Warp warp{threadIdx.x};
  SumsOfBatch near = s;
  if (fits) {
    near.sums = near_sums;
    near.slopes = reinterpret_cast<float*>(near_sums + count);
    for (std::int64_t i = warp.member; i < count; i += kWarp) near_sums[i] = s.sums[i];
    warp.sync();  // each lane reads what the others brought
  }
  const double loss = loss_of_sums(warp, f, near);
  if (warp.member == 0) *value = static_cast<float>(loss);
  if (!fits) return;
  warp.sync();  // slopes were added by other lanes
  for (std::int64_t i = warp.member; i < count; i += kWarp) s.slopes[i] = near.slopes[i];
}

}  // namespace

const char* loss_of_sums_cuda(const LossFormula& formula, std::int64_t samples,
                              std::int64_t classes, const double* sums, float* slopes, float* value,
                              CUstream_st* stream) {
  const SumsOfBatch s{sums, slopes, samples, classes};
  const auto bytes =
      s.samples * s.size() * static_cast<std::int64_t>(sizeof(double) + sizeof(float));
  const bool fits = bytes <= kMostShared;
  return launch(loss_of_sums_kernel, dim3(1), dim3(kWarp),
                fits ? static_cast<std::size_t>(bytes) : 0, stream, formula, s, fits, value);
}

}  // namespace seg
