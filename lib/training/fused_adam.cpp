#include "training/fused_adam.h"

namespace seg {
namespace {

// The kernel walks through memory, so all must lie in the parameter's order.
torch::Tensor in_order_of(const torch::Tensor& parameter, const torch::Tensor& t) {
  return t.strides() == parameter.strides() ? t : torch::empty_like(parameter).copy_(t);
}

torch::optim::AdamParamState& state_of(torch::optim::Adam& optimiser,
                                       const torch::Tensor& parameter) {
  auto& state = optimiser.state()[parameter.unsafeGetTensorImpl()];
  if (!state) {
    auto fresh = std::make_unique<torch::optim::AdamParamState>();
    fresh->exp_avg(torch::zeros_like(parameter));
    fresh->exp_avg_sq(torch::zeros_like(parameter));
    state = std::move(fresh);
  }
  auto& adam = static_cast<torch::optim::AdamParamState&>(*state);
  adam.exp_avg(in_order_of(parameter, adam.exp_avg()));
  adam.exp_avg_sq(in_order_of(parameter, adam.exp_avg_sq()));
  return adam;
}

}  // namespace

void fused_step(torch::optim::Adam& optimiser) {
  const torch::NoGradGuard no_grad;
  for (auto& group : optimiser.param_groups()) {
    const auto& options = static_cast<const torch::optim::AdamOptions&>(group.options());
    std::vector<torch::Tensor> parameters, gradients, first, second, steps;
    std::int64_t step = 0;  // of steps.back(); one tensor serves all that stand at the same step
    for (const torch::Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto& state = state_of(optimiser, p);
      state.step(state.step() + 1);
      parameters.push_back(p);
      gradients.push_back(in_order_of(p, p.grad()));
      first.push_back(state.exp_avg());
      second.push_back(state.exp_avg_sq());
      steps.push_back(state.step() == step
                          ? steps.back()
                          : torch::full({}, state.step(), p.options().dtype(torch::kFloat)));
      step = state.step();
    }
    if (parameters.empty()) continue;
    const auto [beta1, beta2] = options.betas();
    at::_fused_adam_(parameters, gradients, first, second, {}, steps, options.lr(), beta1, beta2,
                     options.weight_decay(), options.eps(),
                     /*amsgrad=*/false, /*maximize=*/false);
  }
}

}  // namespace seg
