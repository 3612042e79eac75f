#include "loss/softmax_statistics.h"
#include "core/error.h"
#include "loss/plain_statistics.h"
#include "loss/softmax_kernel.h"

#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <optional>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace seg {
namespace {

constexpr std::int64_t kChunk = 16384;  // voxels; chunks are fixed, so the order of additions does not depend on the threads

LogitType logit_type(const torch::Tensor& logits) {
  switch (logits.scalar_type()) {
    case torch::kFloat: return LogitType::float32;
    case torch::kBFloat16: return LogitType::bfloat16;
    case torch::kHalf: return LogitType::float16;
    default: fail("softmax_statistics: logits must be float32, bfloat16 or float16");
  }
}

// The volumes of one call, and how its voxels are cut into chunks.
struct Volumes {
  torch::Tensor logits, labels, contour, weight;
  std::int64_t samples, classes, voxels, chunks_per_sample;
  bool channels_last;

  Volumes(const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& c, const torch::Tensor& w)
      : logits(x),
        labels(y),
        contour(c),
        weight(w),
        samples(x.size(0)),
        classes(x.size(1)),
        voxels(y[0].numel()),
        chunks_per_sample((voxels + kChunk - 1) / kChunk),
        channels_last(!x.is_contiguous()) {}

  std::int64_t chunks() const { return samples * chunks_per_sample; }
  std::int64_t sample(std::int64_t chunk) const { return chunk / chunks_per_sample; }
  std::int64_t begin(std::int64_t chunk) const { return chunk % chunks_per_sample * kChunk; }

  // Byte offset of the chunk's first voxel, class 0, in the logits and in the gradient.
  std::int64_t offset(std::int64_t chunk) const {
    return (sample(chunk) * classes * voxels + begin(chunk) * (channels_last ? classes : 1)) * logits.element_size();
  }

  SoftmaxChunk at(std::int64_t chunk) const {
    const std::int64_t first = sample(chunk) * voxels + begin(chunk);
    SoftmaxChunk c;
    c.logits = static_cast<const char*>(logits.data_ptr()) + offset(chunk);
    c.type = logit_type(logits);
    c.class_stride = channels_last ? 1 : voxels;
    c.voxel_stride = channels_last ? classes : 1;
    c.classes = classes;
    c.voxels = std::min(kChunk, voxels - begin(chunk));
    c.labels = labels.data_ptr<std::uint8_t>() + first;
    c.contour = contour.defined() ? contour.data_ptr<std::uint8_t>() + first : nullptr;
    c.weight = weight.defined() ? weight.data_ptr<float>() + first : nullptr;
    return c;
  }
};

// Fresh memory is touched for the first time here: with huge pages that costs a fraction.
void use_huge_pages([[maybe_unused]] const torch::Tensor& volume) {
#if defined(__linux__)
  constexpr std::uintptr_t kPage = std::uintptr_t{1} << 21;
  const auto begin = (reinterpret_cast<std::uintptr_t>(volume.data_ptr()) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<std::uintptr_t>(volume.data_ptr()) + volume.nbytes()) / kPage * kPage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // advice only: a refusal changes nothing
#endif
}

torch::Tensor forward_cpu(const Volumes& v) {
  const std::int64_t size = 8 * v.classes + 2;  // [2, 4, M] sums, then [2] cross-entropies
  const torch::Tensor partial = torch::zeros({v.samples, v.chunks_per_sample, size}, torch::kDouble);
  double* out = partial.data_ptr<double>();
  std::atomic<bool> ok = true;
  at::parallel_for(0, v.chunks(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k)
      if (!softmax_kernels().forward(v.at(k), out + k * size, out + k * size + 8 * v.classes)) ok = false;
  });
  if (!ok) fail_data("loss: a label is neither below the {} classes of the network nor 255 (ignore); check the label volumes", v.classes);
  torch::Tensor result = torch::zeros({v.samples, size}, torch::kDouble);
  for (std::int64_t b = 0; b < v.samples; ++b)
    for (std::int64_t k = 0; k < v.chunks_per_sample; ++k)  // in order, in double
      for (std::int64_t i = 0; i < size; ++i) result.data_ptr<double>()[b * size + i] += out[(b * v.chunks_per_sample + k) * size + i];
  return result;
}

torch::Tensor backward_cpu(const Volumes& v, const torch::Tensor& d_result) {
  const torch::Tensor d = d_result.to(torch::kFloat).contiguous();
  torch::Tensor gradient = torch::empty_like(v.logits);
  use_huge_pages(gradient);
  const float* from = d.data_ptr<float>();
  const std::int64_t size = 8 * v.classes + 2;
  at::parallel_for(0, v.chunks(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const float* row = from + v.sample(k) * size;
      softmax_kernels().backward(v.at(k), row, row + 8 * v.classes, static_cast<char*>(gradient.data_ptr()) + v.offset(k));
    }
  });
  return gradient;
}

struct Function : torch::autograd::Function<Function> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& logits, const torch::Tensor& labels,
                               const std::optional<torch::Tensor>& contour, const std::optional<torch::Tensor>& weight) {
    const torch::Tensor c = contour.value_or(torch::Tensor()), w = weight.value_or(torch::Tensor());
    context->save_for_backward({logits, labels, c, w});
    return forward_cpu({logits, labels, c, w});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list d) {
    const auto saved = context->get_saved_variables();
    return {backward_cpu({saved[0], saved[1], saved[2], saved[3]}, d[0]), {}, {}, {}};
  }
};

// The kernels read contiguous and channels_last_3d logits as they are.
torch::Tensor readable(const torch::Tensor& logits) {
  return logits.is_contiguous() || logits.is_contiguous(at::MemoryFormat::ChannelsLast3d) ? logits : logits.contiguous();
}

std::optional<torch::Tensor> contiguous_if_defined(const torch::Tensor& volume) {
  if (!volume.defined()) return std::nullopt;
  return volume.contiguous();
}

}  // namespace

SoftmaxStatistics softmax_statistics(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& contour,
                                     const torch::Tensor& weight) {
  if (!logits.is_cpu()) return plain_statistics(logits, labels, contour, weight);
  const std::int64_t samples = logits.size(0), classes = logits.size(1);
  const torch::Tensor result =
      Function::apply(readable(logits), labels.contiguous(), contiguous_if_defined(contour), contiguous_if_defined(weight));
  return {result.narrow(1, 0, 8 * classes).view({samples, 2, 4, classes}), result.narrow(1, 8 * classes, 2)};
}

}  // namespace seg
