#include "normalisation/normalise_on_cpu.h"
#include "normalisation/normalise_passes.h"
#include "normalisation/normalise_trained.h"

#include <torch/types.h>

namespace seg {
namespace {

struct NormPassesOnCpu {
  static void measure(const NormLayout& layout, const torch::Tensor& x, const NormFormula& f,
                      double eps, const NormRunning& running) {
    norm_cpu_measure(layout, x.const_data_ptr(), f, eps, running);
  }
  static void apply(const NormLayout& layout, const torch::Tensor& x, const NormFormula& f,
                    const torch::Tensor& y) {
    norm_cpu_apply(layout, x.const_data_ptr(), f, y.data_ptr());
  }
  static void backward(const NormLayout& layout, const torch::Tensor& x, const torch::Tensor& dy,
                       const NormFormula& f, const NormGradients& d) {
    norm_cpu_backward(layout, x.const_data_ptr(), dy.const_data_ptr(), f, d);
  }
};

}  // namespace

bool normalises_on_cpu(const torch::Tensor& x, const Normalisation& n) {
  return x.is_cpu() && (n.training || n.instance) && is_for_norm_kernels(x, n) &&
         (!n.running_mean.defined() ||
          (n.running_mean.is_contiguous() && n.running_var.is_contiguous()));
}

torch::Tensor normalise_on_cpu(const torch::Tensor& x, const Normalisation& n) {
  return normalise_trained<NormPassesOnCpu>(x, n);
}

}  // namespace seg
