// What normalisation in training on a CPU costs: memory against Torch's operations, and each kernel
// set's time against the portable one's.
#include "normalisation/normalise.h"
#include "normalise_cases.h"

#include "normalisation/normalise_kernel.h"
#include "support/faster.h"

#include <ATen/Parallel.h>
#include <c10/core/Allocator.h>
#include <torch/types.h>

#include <algorithm>
#include <memory>

namespace seg {
namespace {

using norm_test::Inputs;

// The most bytes that this thread's tensors took at a time while it lives.
struct BytesTaken : c10::MemoryReportingInfoBase {
  std::int64_t now = 0, most = 0;

  void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override {
    now += size;
    most = std::max(most, now);
  }
  bool memoryProfilingEnabled() const override { return true; }
};

// Of a step whose x is an operation's result that nobody else keeps.
template <class Operation>
std::int64_t bytes_of_step(Operation operation, const Normalisation& n) {
  const auto taken = std::make_shared<BytesTaken>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, taken);
  const torch::Tensor leaf = torch::randn({1, 16, 8, 16, 16}).requires_grad_();
  torch::Tensor y = operation((leaf * 2).contiguous(at::MemoryFormat::ChannelsLast3d), n);
  y.backward(torch::ones_like(y));
  return taken->most;
}

}  // namespace

TEST_CASE("Normalisation in training on a CPU takes no more memory than Torch's",
          "[normalisation]") {
  for (const bool relu_first : {false, true})
    for (const auto after :
         {Activation::none, Activation::relu, Activation::leaky_relu, Activation::elu}) {
      Inputs in({1, 16, 1, 1, 2}, torch::kFloat, at::MemoryFormat::ChannelsLast3d);
      in.n.bias = torch::Tensor();
      in.n.relu_first = relu_first;
      in.n.after = after;
      const std::int64_t small = 4096;
      CHECK(bytes_of_step(normalise, in.n) <= bytes_of_step(plain_normalise, in.n) + small);
    }
}

TEST_CASE("The kernels of normalisation of every instruction set are faster than the portable ones",
          "[normalisation][.speed]") {
  const auto& sets = all_norm_kernels();
  SEG_SETS(sets);
  Inputs in({1, 16, 4, 32, 32}, torch::kFloat, at::MemoryFormat::ChannelsLast3d);
  const torch::Tensor y = torch::empty_like(in.x), zeros = torch::zeros({16}),
                      ones = torch::ones({16});
  const auto *zero = zeros.const_data_ptr<float>(), *one = ones.const_data_ptr<float>();
  const NormPart part{.x = in.x.const_data_ptr(),
                      .dy = in.dy.const_data_ptr(),
                      .y = y.data_ptr(),
                      .dx = y.data_ptr(),
                      .values = in.x.numel(),
                      .width = 16};
  const NormNumbers n{.bias = zero,
                      .mean = zero,
                      .factor = one,
                      .shift = zero,
                      .mean_slope = zero,
                      .tilt = zero,
                      .after = Activation::elu};
  std::vector<double> sums(32);
  test::check_faster("measure", sets, 1.3, [&](const auto& k) { k.measure(part, n, sums.data()); });
  test::check_faster("apply", sets, 1.3, [&](const auto& k) { k.apply(part, n); });
  test::check_faster("slopes", sets, 1.3, [&](const auto& k) { k.slopes(part, n, sums.data()); });
  test::check_faster("gradient", sets, 1.3, [&](const auto& k) { k.gradient(part, n, nullptr); });
}

}  // namespace seg
