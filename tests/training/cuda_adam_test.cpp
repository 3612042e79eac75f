// The fused Adam on the device against LibTorch's in float64, measured by the processor's error.
#include "support/device.h"
#include "training/fused_adam.h"

namespace seg {
namespace {

using Tensors = std::vector<torch::Tensor>;
using Step = std::function<void(torch::optim::Adam&)>;

// A filter in channels_last, one in contiguous memory, a bias, a scalar.
Tensors parameters(const torch::TensorOptions& options) {
  torch::manual_seed(8);
  Tensors all = {torch::randn({16, 4, 3, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast3d),
                 torch::randn({33, 5, 1, 2, 3}), torch::randn({257}), torch::randn({1})};
  for (torch::Tensor& p : all)
    p = p.to(options.device(), options.dtype().toScalarType()).requires_grad_();
  return all;
}

// Eight steps with gradients of different sizes: a parameter that has none at one step, a gradient
// in another order of memory at another.
Tensors after_steps(const torch::TensorOptions& options, double decay, const Step& step) {
  Tensors all = parameters(options);
  torch::optim::Adam optimiser(all, torch::optim::AdamOptions(1e-2).weight_decay(decay));
  for (int s = 0; s < 8; ++s) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const torch::Tensor g =
          torch::randn(all[i].sizes()).mul(std::pow(10.0, -static_cast<double>(i)));
      torch::Tensor placed = torch::empty_like(all[i]).copy_(g);
      if (s == 3 && i == 0) placed = placed.contiguous();
      all[i].mutable_grad() = s == 5 && i == 1 ? torch::Tensor() : placed;
    }
    step(optimiser);
  }
  for (torch::Tensor& p : all) p = p.detach().to(torch::kCPU, torch::kDouble);
  return all;
}

double error(const torch::Tensor& found, const torch::Tensor& exact) {
  return (found - exact).abs().max().item<double>() / exact.abs().max().item<double>();
}

}  // namespace

TEST_CASE("A fused step on a GPU is Adam's step", "[training][cuda]") {
  SEG_DEVICE(device);
  for (const double decay : {0.0, 0.1}) {
    INFO("weight decay " << decay);
    const Step by_torch = [](torch::optim::Adam& optimiser) { optimiser.step(); };
    const auto single = torch::TensorOptions(torch::kFloat);
    const Tensors exact = after_steps(torch::TensorOptions(torch::kDouble), decay, by_torch);
    const Tensors here = after_steps(single, decay, fused_step);
    const Tensors there = after_steps(single.device(device), decay, fused_step);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      INFO("parameter " << i);
      constexpr double rounding = 6e-8;  // of one step
      CHECK(error(there[i], exact[i]) <= 10 * std::max(error(here[i], exact[i]), rounding));
      CHECK(error(exact[i], parameters(single)[i].detach().to(torch::kDouble)) > 1e-3);  // it moved
    }
  }
}

}  // namespace seg
