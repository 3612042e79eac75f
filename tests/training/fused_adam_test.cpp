// The fused step against LibTorch's own, and its state in a checkpoint.
#include "training/fused_adam.h"

#include "support/catch.h"

namespace seg {
namespace {

// Without a bias before BatchNorm: its gradient is nothing but rounding, which Adam blows up to
// whole steps.
torch::nn::Sequential small_network() {
  torch::manual_seed(3);
  torch::nn::Sequential network(torch::nn::Conv3d(torch::nn::Conv3dOptions(2, 8, 3).bias(false)),
                                torch::nn::BatchNorm3d(8),
                                torch::nn::Conv3d(torch::nn::Conv3dOptions(8, 3, 1)));
  for (torch::Tensor& p : network->parameters())
    if (p.dim() == 5) p.set_data(p.contiguous(torch::MemoryFormat::ChannelsLast3d));
  return network;
}

}  // namespace

TEST_CASE("a fused step is Adam's step, in either memory format, with and without weight decay",
          "[training]") {
  const double decay = GENERATE(0.0, 0.1);
  auto plain = small_network(), fused = small_network();
  const auto options = torch::optim::AdamOptions(1e-2).weight_decay(decay);
  torch::optim::Adam by_torch(plain->parameters(), options), by_us(fused->parameters(), options);
  for (int step = 0; step < 6; ++step) {
    const torch::Tensor image = torch::randn({2, 2, 5, 6, 7});
    for (auto* network : {&plain, &fused}) {
      (*network)->zero_grad();
      (*network)->forward(image).square().mean().backward();
    }
    if (step == 2)
      for (auto* network : {&plain, &fused})
        (*network)->parameters()[0].mutable_grad() = torch::Tensor();  // one that stands still
    if (step == 3)  // a gradient in another order of memory
      for (auto* network : {&plain, &fused}) {
        torch::Tensor& gradient = (*network)->parameters()[0].mutable_grad();
        gradient = gradient.contiguous(torch::MemoryFormat::Contiguous).clone();
      }
    by_torch.step();
    fused_step(by_us);
  }
  for (std::size_t i = 0; i < plain->parameters().size(); ++i) {
    const torch::Tensor a = plain->parameters()[i], b = fused->parameters()[i];
    CHECK(torch::allclose(a, b, 1e-5, 1e-7));
    const auto& one =
        static_cast<torch::optim::AdamParamState&>(*by_torch.state().at(a.unsafeGetTensorImpl()));
    const auto& other =
        static_cast<torch::optim::AdamParamState&>(*by_us.state().at(b.unsafeGetTensorImpl()));
    CHECK(one.step() == other.step());
    CHECK(torch::allclose(one.exp_avg(), other.exp_avg(), 1e-5, 1e-8));
    CHECK(torch::allclose(one.exp_avg_sq(), other.exp_avg_sq(), 1e-5, 1e-10));
  }
}

}  // namespace seg
