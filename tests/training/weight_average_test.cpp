#include "training/weight_average.h"

#include "support/catch.h"
#include "support/small_networks.h"

#include <torch/torch.h>

#include <map>

namespace seg {
using test::adam;
using test::small_unet;
using test::train_step;

TEST_CASE("the running average of the weights follows its equation", "[training]") {
  const auto network = small_unet(), copy = small_unet();
  auto optimiser = adam(*network);
  WeightAverage average(copy, *network, 0.6);
  std::map<std::string, torch::Tensor> plain;  // in double
  const auto all = [](Network& n) {
    auto tensors = n.named_parameters();
    for (const auto& b : n.named_buffers()) tensors.insert(b.key(), b.value());
    return tensors;
  };
  for (const auto& item : all(*network))
    plain[item.key()] = item.value().detach().to(torch::kFloat64).clone();
  for (std::int64_t step = 1; step <= 20; ++step) {
    train_step(*network, optimiser, static_cast<std::uint64_t>(step));
    average.update(*network, step);
    const double d = std::min(0.6, static_cast<double>(1 + step) / static_cast<double>(10 + step));
    for (const auto& item : all(*network)) {
      const torch::Tensor now = item.value().detach().to(torch::kFloat64);
      plain[item.key()] =
          item.value().is_floating_point() ? d * plain[item.key()] + (1 - d) * now : now;
    }
  }
  for (const auto& item : all(average.network()))
    CHECK(
        torch::allclose(item.value().detach().to(torch::kFloat64), plain[item.key()], 1e-4, 1e-6));
}

}  // namespace seg
