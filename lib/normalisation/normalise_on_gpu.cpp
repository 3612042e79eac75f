#include "normalisation/normalise_on_gpu.h"
#include "core/error.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include "normalisation/normalise_cuda.h"
#include "normalisation/normalise_trained.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace seg {
namespace {

void require(const char* error) {
  if (error) fail("normalisation: the CUDA kernel did not start: {}", error);
}

torch::Tensor work_for(const NormLayout& layout, const torch::Tensor& x) {
  return torch::empty({norm_work(layout)},
                      x.options().dtype(torch::kFloat).memory_format(at::MemoryFormat::Contiguous));
}

struct NormPassesOnGpu {
  static void measure(const NormLayout& layout, const torch::Tensor& x, const NormFormula& f,
                      double eps, const NormRunning& running) {
    require(norm_cuda_measure(layout, x.const_data_ptr(), f, eps, running,
                              work_for(layout, x).data_ptr<float>(),
                              c10::cuda::getCurrentCUDAStream()));
  }
  static void apply(const NormLayout& layout, const torch::Tensor& x, const NormFormula& f,
                    const torch::Tensor& y) {
    require(norm_cuda_apply(layout, x.const_data_ptr(), f, y.data_ptr(),
                            c10::cuda::getCurrentCUDAStream()));
  }
  static void backward(const NormLayout& layout, const torch::Tensor& x, const torch::Tensor& dy,
                       const NormFormula& f, const NormGradients& d) {
    const c10::cuda::CUDAGuard guard(x.device());
    require(norm_cuda_backward(layout, x.const_data_ptr(), dy.const_data_ptr(), f, d,
                               work_for(layout, x).data_ptr<float>(),
                               c10::cuda::getCurrentCUDAStream()));
  }
};

bool wants_gradient(const torch::Tensor& x, const Normalisation& n) {
  if (!torch::GradMode::is_enabled()) return false;
  for (const torch::Tensor& t : {x, n.bias, n.scale, n.shift})
    if (t.defined() && t.requires_grad()) return true;
  return false;
}

}  // namespace

bool normalises_on_gpu(const torch::Tensor& x, const Normalisation& n) {
  if (!x.is_cuda() || !is_for_norm_kernels(x, n)) return false;
  if (!n.training && !n.instance && wants_gradient(x, n)) return false;
  if (!x.is_contiguous() && x.size(1) > 256 &&
      reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % 16 != 0)
    return false;
  return norm_cuda_knows(norm_layout(x, n.instance));
}

torch::Tensor normalise_on_gpu(const torch::Tensor& x, const Normalisation& n) {
  const c10::cuda::CUDAGuard guard(x.device());
  if (n.training || n.instance) return normalise_trained<NormPassesOnGpu>(x, n);
  const torch::NoGradGuard no_grad;
  const NormTensors f{
      n.bias,       n.scale, n.shift, n.running_mean, torch::rsqrt(n.running_var + n.eps),
      n.relu_first, n.after};
  torch::Tensor y = torch::empty_like(x);
  NormPassesOnGpu::apply(norm_layout(x, false), x, f.view(), y);
  return y;
}

}  // namespace seg
#else
namespace seg {

bool normalises_on_gpu(const torch::Tensor&, const Normalisation&) { return false; }
torch::Tensor normalise_on_gpu(const torch::Tensor&, const Normalisation&) {
  fail("normalisation: the volume is on a GPU, but segtrain was built without CUDA");
}

}  // namespace seg
#endif
