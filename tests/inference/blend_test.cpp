// Weighted sums of windows and their division, against Torch's own operations.
#include "inference/blend.h"

#include "inference/blend_kernel.h"
#include "support/catch.h"
#include "support/device.h"
#include "support/faster.h"
#include "support/threads.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <limits>

using namespace seg;

namespace {

constexpr std::int64_t n = 2, rows = 3, width = 67;  // whole tiles and vectors, and a rest

// Logits [n, rows, w, M] in an order of memory.
struct Order {
  std::string name;
  std::function<torch::Tensor(std::int64_t)> make;
};
std::vector<Order> orders() {
  return {{"classes side by side",
           [](std::int64_t m) {
             return torch::randn({n, rows, width, m});
           }},
          {"columns side by side",
           [](std::int64_t m) {
             return torch::randn({m, n, rows, width}).permute({1, 2, 3, 0});
           }},
          {"rows side by side",
           [](std::int64_t m) {
             return torch::randn({m, n, width, rows}).permute({1, 3, 2, 0});
           }},
          {"more classes than these",
           [](std::int64_t m) {
             return torch::randn({n, rows, width, m + 3}).narrow(3, 2, m);
           }},
          {"columns of a larger volume", [](std::int64_t m) {
             return torch::randn({m, n, rows, 2 * width}).narrow(3, 5, width).permute({1, 2, 3, 0});
           }}};
}

// A state that is part of a larger one, and that one.
struct Part {
  torch::Tensor whole, state;
};
Part part_of_state(std::int64_t classes, torch::ScalarType type, bool packed) {
  torch::Tensor whole = torch::randn({n + 1, rows + 2, width + 5, classes + (packed ? 0 : 2)});
  whole = whole.to(type);
  return {whole,
          whole.narrow(0, 1, n).narrow(1, 1, rows).narrow(2, 3, width).narrow(3, 0, classes)};
}

// Of an addition, by its exact value in double.
void check_sum(const torch::Tensor& state, const torch::Tensor& before, const torch::Tensor& logits,
               const torch::Tensor& weight) {
  const auto a = before.to(torch::kDouble),
             b = weight.unsqueeze(-1).to(torch::kDouble) * logits.to(torch::kDouble);
  const bool half = state.scalar_type() == torch::kFloat16;
  const double rounding = half ? 0.5001 * 0x1p-10 : 1.001 * 0x1p-23;
  const auto allowed =
      rounding * (half ? (a + b).abs() : a.abs() + b.abs()) + 1e-6 * (half ? 1 : 0);
  CHECK((state.to(torch::kDouble) - (a + b)).abs().le(allowed).all().item<bool>());
}

}  // namespace

TEST_CASE("a window's logits are added with their weights, whatever their order of memory",
          "[inference]") {
  torch::manual_seed(3);
  for (const Order& order : orders())
    for (const std::int64_t classes : {1, 5, 16, 105})
      for (const auto type : {torch::kFloat32, torch::kFloat16})
        for (const auto logits_type : {torch::kFloat32, torch::kBFloat16})
          for (const bool packed : {true, false}) {
            INFO(order.name << ", " << classes << " classes, " << toString(type)
                            << " += " << toString(logits_type) << ", packed " << packed);
            const Part part = part_of_state(classes, type, packed);
            const torch::Tensor whole = part.whole.clone(), before = part.state.clone();
            const torch::Tensor logits = order.make(classes).to(logits_type);
            const torch::Tensor weight = torch::rand({n, width, rows}).transpose(1, 2);
            REQUIRE(logits.sizes() == before.sizes());
            add_weighted(part.state, logits, weight);
            check_sum(part.state, before, logits, weight);
            part.state.copy_(before);
            CHECK(torch::equal(part.whole, whole));  // nothing beside it
          }
}

TEST_CASE("sums are divided by their weights as Torch divides them", "[inference]") {
  torch::manual_seed(4);
  for (const std::int64_t classes : {1, 5, 16, 105})
    for (const auto type : {torch::kFloat32, torch::kFloat16})
      for (const bool packed : {true, false}) {
        INFO(classes << " classes, " << toString(type) << ", packed " << packed);
        const Part part = part_of_state(classes, type, packed);
        const torch::Tensor whole = part.whole.clone(), before = part.state.clone();
        const torch::Tensor weight = torch::rand({n, rows, width}) + 0.01;
        divide_by(part.state, weight);
        CHECK(torch::equal(part.state,
                           before.to(torch::kFloat32).div(weight.unsqueeze(-1)).to(type)));
        part.state.copy_(before);
        CHECK(torch::equal(part.whole, whole));
      }
}

TEST_CASE("more classes than a tile holds are blended", "[inference]") {
  torch::manual_seed(8);
  const auto state = torch::randn({1, 2, 3, 5000}), logits = torch::randn({1, 2, 3, 5000});
  const auto weight = torch::rand({1, 2, 3}) + 0.1, before = state.clone();
  add_weighted(state, logits, weight);
  check_sum(state, before, logits, weight);
  const auto quotient = state.div(weight.unsqueeze(-1));
  divide_by(state, weight);
  CHECK(torch::equal(state, quotient));
}

TEST_CASE("a sum does not depend on the number of threads", "[inference]") {
  torch::manual_seed(5);
  const auto logits = torch::randn({9, 40, 50, 7}), weight = torch::rand({9, 40, 50});
  std::vector<torch::Tensor> sums;
  for (const int t : {1, 2, 3}) {
    const test::Threads limited(t);
    sums.push_back(torch::zeros({9, 40, 50, 7}));
    add_weighted(sums.back(), logits, weight);
    divide_by(sums.back(), weight);
  }
  CHECK(torch::equal(sums[0], sums[1]));
  CHECK(torch::equal(sums[0], sums[2]));
}

TEST_CASE("every set of kernels blends, and rounds to float16 as Torch does", "[inference]") {
  torch::manual_seed(6);
  // Every float16 that there is, and floats between them, beyond them and among the smallest.
  const auto every = torch::arange(-32768, 32768, torch::kInt32).to(torch::kInt16);
  const auto halves = every.view(torch::kFloat16);
  const auto add = torch::cat({halves.to(torch::kFloat32) * 0x1p-11, torch::randn({1000}) * 6e4,
                               torch::randn({1000}) * 1e-7});
  const auto start = torch::cat({halves, torch::zeros({2000}, torch::kFloat16)});
  const auto weight = torch::full({1}, 0.75F);
  const auto want = (start.to(torch::kFloat32) + 0.75F * add).to(torch::kFloat16);
  for (const auto& set : all_blend_kernels()) {
    INFO(set.name);
    auto state = start.clone();
    BlendRow row{1,
                 state.numel(),
                 FloatType::float16,
                 state.data_ptr(),
                 state.numel(),
                 weight.data_ptr<float>(),
                 1};
    set.kernels.add_weighted(row, {FloatType::float32, add.const_data_ptr(), add.numel(), 1});
    CHECK(state.isnan().eq(want.isnan()).all().item<bool>());
    CHECK(state.eq(want).logical_or(want.isnan()).all().item<bool>());
  }
}

TEST_CASE("scores that do not fit each other are not blended", "[inference]") {
  const auto state = torch::zeros({1, 2, 3, 4}), weight = torch::ones({1, 2, 3});
  const auto refused = [](const auto& call) {
    CHECK_THROWS_WITH(call(), Catch::Contains("cannot be"));
  };
  refused([&] { add_weighted(state, torch::zeros({1, 2, 3, 5}), weight); });
  refused([&] { add_weighted(state, torch::zeros({1, 2, 3, 4}, torch::kDouble), weight); });
  refused([&] { add_weighted(state, torch::zeros({1, 2, 3, 4}), torch::ones({1, 2, 4})); });
  refused([&] { divide_by(state.transpose(2, 3), torch::ones({1, 2, 4})); });
  refused([&] { divide_by(state, weight.to(torch::kDouble)); });
}

TEST_CASE("a device blends as the processor does", "[inference][cuda]") {
  SEG_DEVICE(device);
  torch::manual_seed(7);
  for (const auto type : {torch::kFloat32, torch::kFloat16})
    for (const auto logits_type : {torch::kFloat32, torch::kBFloat16}) {
      const auto start = torch::randn({n, rows, width, 5}).to(type);
      const auto logits = torch::randn({n, rows, width, 5}).to(logits_type);
      const auto weight = torch::rand({n, rows, width}) + 0.1;
      const auto there = start.clone().to(device);
      add_weighted(there, logits.to(device), weight.to(device));
      check_sum(there.cpu(), start, logits, weight);
      divide_by(there, weight.to(device));
      CHECK(there.scalar_type() == type);
    }
}

TEST_CASE("the kernels that blend are faster with every greater instruction set",
          "[inference][.speed]") {
  const auto& sets = all_blend_kernels();
  SEG_SETS(sets);
  const auto state = torch::zeros({128, 16}, torch::kFloat16), weight = torch::rand({128});
  const auto logits = torch::randn({128, 16}).to(torch::kBFloat16);
  const BlendRow row{128, 16, FloatType::float16, state.data_ptr(), 16, weight.data_ptr<float>(),
                     1};
  test::check_faster("add_weighted", sets, 1.5, [&](const auto& k) {
    k.add_weighted(row, {FloatType::bfloat16, logits.const_data_ptr(), 16, 1});
  });
  test::check_faster("divide_by", sets, 1.5, [&](const auto& k) { k.divide_by(row); });
}
