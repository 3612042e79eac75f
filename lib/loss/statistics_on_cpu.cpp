#include "loss/statistics_on_cpu.h"
#include "core/error.h"
#include "loss/gradient_memory.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <atomic>

namespace seg {
namespace {

constexpr std::int64_t kChunk =
    16384;  // voxels; chunks are fixed, so the order of additions does not depend on the threads

// How the voxels are cut into chunks.
struct Chunks {
  const StatisticsVolumes& v;
  SoftmaxChunk whole;  // what all chunks share
  std::int64_t voxels, per_sample, count;

  explicit Chunks(const StatisticsVolumes& volumes) : v(volumes), voxels(v.voxels()) {
    per_sample = (voxels + kChunk - 1) / kChunk;
    count = v.samples() * per_sample;
    whole.type = logit_type(v.logits);
    whole.class_stride = v.class_stride();
    whole.voxel_stride = v.voxel_stride();
    whole.classes = v.classes();
  }

  std::int64_t sample(std::int64_t k) const { return k / per_sample; }
  std::int64_t begin(std::int64_t k) const { return k % per_sample * kChunk; }

  // Byte offset of the chunk's first voxel, class 0, in the logits and in the gradient.
  std::int64_t offset(std::int64_t k) const {
    return (sample(k) * whole.classes * voxels + begin(k) * whole.voxel_stride) *
           static_cast<std::int64_t>(v.logits.element_size());
  }

  SoftmaxChunk at(std::int64_t k) const {
    const std::int64_t first = sample(k) * voxels + begin(k);
    SoftmaxChunk c = whole;
    c.logits = static_cast<const char*>(v.logits.const_data_ptr()) + offset(k);
    c.voxels = std::min(kChunk, voxels - begin(k));
    c.labels = v.labels.const_data_ptr<std::uint8_t>() + first;
    c.contour = v.contour_data() ? v.contour_data() + first : nullptr;
    c.weight = v.weight_data() ? v.weight_data() + first : nullptr;
    return c;
  }
};

// work(k) for every chunk; a thread that is done takes the next one.
template <class Work>
void for_each_chunk(std::int64_t count, Work work) {
  std::atomic<std::int64_t> next = 0;
  at::parallel_for(
      0, std::min<std::int64_t>(count, at::get_num_threads()), 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t k; (k = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(k);
      });
}

}  // namespace

torch::Tensor statistics_on_cpu(const StatisticsVolumes& v, const SoftmaxKernels& kernels) {
  const Chunks chunks(v);
  const std::int64_t classes = v.classes(), size = sums_size(classes);
  const torch::Tensor partial =
      torch::zeros({v.samples(), chunks.per_sample, size}, torch::kDouble);
  double* out = partial.data_ptr<double>();
  std::atomic<bool> ok = true;
  for_each_chunk(chunks.count, [&](std::int64_t k) {
    if (!kernels.forward(chunks.at(k), out + k * size, out + k * size + cross_entropy_at(classes)))
      ok = false;
  });
  if (!ok)
    fail_data(
        "loss: a label is neither below the {} classes of the network nor 255 (ignore); check the "
        "label volumes",
        classes);
  torch::Tensor result = torch::zeros({v.samples(), size}, torch::kDouble);
  for (std::int64_t k = 0; k < chunks.count; ++k)  // in order
    for (std::int64_t i = 0; i < size; ++i)
      result.data_ptr<double>()[chunks.sample(k) * size + i] += out[k * size + i];
  return result;
}

torch::Tensor gradient_on_cpu(const StatisticsVolumes& v, const torch::Tensor& d,
                              const SoftmaxKernels& kernels) {
  const Chunks chunks(v);
  const torch::Tensor slopes = d.to(torch::kFloat).contiguous(), gradient = gradient_like(v.logits);
  const float* from = slopes.const_data_ptr<float>();
  char* to = static_cast<char*>(gradient.data_ptr());
  const std::int64_t size = sums_size(v.classes());
  for_each_chunk(chunks.count, [&](std::int64_t k) {
    const float* row = from + chunks.sample(k) * size;
    kernels.backward(chunks.at(k), row, row + cross_entropy_at(v.classes()), to + chunks.offset(k));
  });
  return gradient;
}

}  // namespace seg
