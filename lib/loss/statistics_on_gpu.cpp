#include "loss/statistics_on_gpu.h"
#include "core/error.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include "loss/loss_of_sums_cuda.h"
#include "loss/softmax_cuda.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace seg {
namespace {

void require(const char* error) {
  if (error) fail("softmax_statistics: the CUDA kernel did not start: {}", error);
}

SoftmaxBatch batch_of(const StatisticsVolumes& v) {
  return {.logits = v.logits.const_data_ptr(),
          .type = logit_type(v.logits),
          .class_stride = v.class_stride(),
          .voxel_stride = v.voxel_stride(),
          .samples = v.samples(),
          .classes = v.classes(),
          .voxels = v.voxels(),
          .labels = v.labels.const_data_ptr<std::uint8_t>(),
          .contour = v.contour_data(),
          .weight = v.weight_data()};
}

}  // namespace

torch::Tensor statistics_on_gpu(const StatisticsVolumes& v) {
  const c10::cuda::CUDAGuard guard(v.logits.device());
  const std::int64_t size = sums_size(v.classes());
  const auto options = v.logits.options().dtype(torch::kDouble);
  const torch::Tensor result = torch::empty({v.samples(), size}, options),
                      partial = torch::empty({v.samples(), softmax_cuda_blocks(v.voxels()), size},
                                             options);
  require(softmax_cuda_forward(batch_of(v), partial.data_ptr<double>(), result.data_ptr<double>(),
                               c10::cuda::getCurrentCUDAStream()));
  return result;
}

torch::Tensor gradient_on_gpu(const StatisticsVolumes& v, const torch::Tensor& d) {
  const c10::cuda::CUDAGuard guard(v.logits.device());
  const torch::Tensor slopes = d.to(torch::kFloat).contiguous();
  torch::Tensor gradient = torch::empty_like(v.logits);
  require(softmax_cuda_backward(batch_of(v), slopes.const_data_ptr<float>(), gradient.data_ptr(),
                                c10::cuda::getCurrentCUDAStream()));
  return gradient;
}

void cuda_loss_of_sums(const LossFormula& formula, const torch::Tensor& sums,
                       const torch::Tensor& slopes, const torch::Tensor& value) {
  const c10::cuda::CUDAGuard guard(sums.device());
  require(loss_of_sums_cuda(formula, sums.size(0), classes_of_sums(sums.size(1)),
                            sums.const_data_ptr<double>(), slopes.data_ptr<float>(),
                            value.data_ptr<float>(), c10::cuda::getCurrentCUDAStream()));
}

}  // namespace seg
#else
namespace seg {

torch::Tensor statistics_on_gpu(const StatisticsVolumes&) {
  fail("softmax_statistics: the logits are on a GPU, but segtrain was built without CUDA");
}
torch::Tensor gradient_on_gpu(const StatisticsVolumes&, const torch::Tensor&) {
  fail("softmax_statistics: the logits are on a GPU, but segtrain was built without CUDA");
}
void cuda_loss_of_sums(const LossFormula&, const torch::Tensor&, const torch::Tensor&,
                       const torch::Tensor&) {
  fail("softmax_statistics: the logits are on a GPU, but segtrain was built without CUDA");
}

}  // namespace seg
#endif
