#include "normalisation/normalise_on_gpu.h"
#include "core/error.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include "normalisation/normalise_cuda.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

namespace seg {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OptionalTensor = std::optional<torch::Tensor>;

constexpr auto kLast = at::MemoryFormat::ChannelsLast3d;

void require(const char* error) {
  if (error) fail("normalisation: the CUDA kernel did not start: {}", error);
}

bool channels_last(const torch::Tensor& x) { return !x.is_contiguous(); }

NormLayout layout_of(const torch::Tensor& x, bool instance) {
  const auto type = x.scalar_type() == torch::kFloat ? FloatType::float32 : FloatType::bfloat16;
  return {type,    x.size(0), x.size(1), x.numel() / (x.size(0) * x.size(1)), channels_last(x),
          instance};
}

const float* floats(const torch::Tensor& t) {
  return t.defined() ? t.const_data_ptr<float>() : nullptr;
}
float* own_floats(const torch::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; }

// What the passes share beside x.
struct Formula {
  torch::Tensor bias, scale, shift, mean, inverse;
  bool relu_first;
  Activation after;
  NormFormula view() const {
    return {floats(bias),        floats(scale), floats(shift), own_floats(mean),
            own_floats(inverse), relu_first,    after};
  }
};

torch::Tensor work_for(const NormLayout& layout, const torch::Tensor& x) {
  return torch::empty({norm_work(layout)},
                      x.options().dtype(torch::kFloat).memory_format(at::MemoryFormat::Contiguous));
}

torch::Tensor applied(const torch::Tensor& x, const NormLayout& layout, const Formula& f) {
  torch::Tensor y = torch::empty_like(x);
  require(norm_cuda_apply(layout, x.const_data_ptr(), f.view(), y.data_ptr(),
                          c10::cuda::getCurrentCUDAStream()));
  return y;
}

struct Trained : torch::autograd::Function<Trained> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const OptionalTensor& bias, const OptionalTensor& scale,
                               const OptionalTensor& shift, const Normalisation* n) {
    const NormLayout layout = layout_of(x, n->instance);
    const auto options =
        x.options().dtype(torch::kFloat).memory_format(at::MemoryFormat::Contiguous);
    const torch::Tensor mean = torch::empty({layout.groups(), layout.channels}, options);
    const Formula f{bias.value_or(torch::Tensor()),
                    scale.value_or(torch::Tensor()),
                    shift.value_or(torch::Tensor()),
                    mean,
                    torch::empty_like(mean),
                    n->relu_first,
                    n->after};
    const NormRunning running{own_floats(n->running_mean), own_floats(n->running_var),
                              static_cast<float>(n->momentum)};
    require(norm_cuda_measure(layout, x.const_data_ptr(), f.view(), n->eps, running,
                              work_for(layout, x).data_ptr<float>(),
                              c10::cuda::getCurrentCUDAStream()));
    context->save_for_backward({x, f.bias, f.scale, f.shift, f.mean, f.inverse});
    context->saved_data["instance"] = n->instance;
    context->saved_data["relu_first"] = n->relu_first;
    context->saved_data["after"] = static_cast<std::int64_t>(n->after);
    return applied(x, layout, f);
  }

  static variable_list backward(AutogradContext* context, const variable_list& d) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor& x = saved[0];
    const c10::cuda::CUDAGuard guard(x.device());
    const NormLayout layout = layout_of(x, context->saved_data["instance"].toBool());
    const Formula f{saved[1],
                    saved[2],
                    saved[3],
                    saved[4],
                    saved[5],
                    context->saved_data["relu_first"].toBool(),
                    static_cast<Activation>(context->saved_data["after"].toInt())};
    const torch::Tensor dy =
        d[0].to(x.scalar_type())
            .contiguous(channels_last(x) ? kLast : at::MemoryFormat::Contiguous);
    const auto like = [](const torch::Tensor& t) {
      return t.defined() ? torch::empty_like(t) : torch::Tensor();
    };
    const torch::Tensor dx = torch::empty_like(x), bias = like(f.bias), scale = like(f.scale),
                        shift = like(f.shift);
    require(norm_cuda_backward(
        layout, x.const_data_ptr(), dy.const_data_ptr(), f.view(),
        {dx.data_ptr(), own_floats(bias), own_floats(scale), own_floats(shift)},
        work_for(layout, x).data_ptr<float>(), c10::cuda::getCurrentCUDAStream()));
    return {dx, bias, scale, shift, {}};
  }
};

OptionalTensor if_defined(const torch::Tensor& t) {
  return t.defined() ? OptionalTensor(t.contiguous()) : std::nullopt;
}

bool wants_gradient(const torch::Tensor& x, const Normalisation& n) {
  if (!torch::GradMode::is_enabled()) return false;
  for (const torch::Tensor& t : {x, n.bias, n.scale, n.shift})
    if (t.defined() && t.requires_grad()) return true;
  return false;
}

}  // namespace

bool normalises_on_gpu(const torch::Tensor& x, const Normalisation& n) {
  if (!x.is_cuda() || x.dim() != 5 || x.numel() == 0) return false;
  if (x.scalar_type() != torch::kFloat && x.scalar_type() != torch::kBFloat16) return false;
  if (!n.training && !n.instance && wants_gradient(x, n)) return false;
  if (!x.is_contiguous() && x.size(1) > 256 &&
      reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % 16 != 0)
    return false;
  for (const torch::Tensor& t : {n.bias, n.scale, n.shift, n.running_mean, n.running_var})
    if (t.defined() && t.scalar_type() != torch::kFloat) return false;
  if (n.instance && (n.scale.defined() || n.running_mean.defined())) return false;
  return norm_cuda_knows(layout_of(x, n.instance)) && (x.is_contiguous() || x.is_contiguous(kLast));
}

torch::Tensor normalise_on_gpu(const torch::Tensor& x, const Normalisation& n) {
  const c10::cuda::CUDAGuard guard(x.device());
  if (n.training || n.instance)
    return Trained::apply(x, if_defined(n.bias), if_defined(n.scale), if_defined(n.shift), &n);
  const torch::NoGradGuard no_grad;
  const Formula f{
      n.bias,       n.scale, n.shift, n.running_mean, torch::rsqrt(n.running_var + n.eps),
      n.relu_first, n.after};
  return applied(x, layout_of(x, false), f);
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
