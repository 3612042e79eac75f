// Normalisation in training on a CPU: the passes of each kernel set, and the function of them that
// autograd sees, against Torch's operations in float64.
#include "normalisation/normalise_on_cpu.h"
#include "normalise_cases.h"

#include "normalisation/normalise_passes.h"
#include "normalisation/normalise_trained.h"
#include "support/catch.h"
#include "support/create_graph.h"
#include "support/threads.h"

#include <ATen/Parallel.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

using namespace norm_test;

constexpr auto channels_last = at::MemoryFormat::ChannelsLast3d;
constexpr auto channels_first = at::MemoryFormat::Contiguous;
const std::vector<Activation> activations = {Activation::none, Activation::relu,
                                             Activation::leaky_relu, Activation::elu};

Tensors passes_run(const Inputs& in, const NormKernels& kernels) {
  const Normalisation n = moved(in.n, [](const torch::Tensor& t) { return t.clone(); });
  const NormLayout layout = norm_layout(in.x, n.instance);
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor mean = torch::full({layout.groups(), layout.channels}, nan);
  const NormTensors f{n.bias,       n.scale, n.shift, mean, torch::full_like(mean, nan),
                      n.relu_first, n.after};
  const NormSlopes d(in.x, f);
  const torch::Tensor y = torch::full_like(in.x, nan);
  for (const torch::Tensor& t : {d.x, d.bias, d.scale, d.shift})
    if (t.defined()) t.fill_(nan);
  norm_cpu_measure(layout, in.x.const_data_ptr(), f.view(), n.eps, norm_running(n), kernels);
  norm_cpu_apply(layout, in.x.const_data_ptr(), f.view(), y.data_ptr(), kernels);
  norm_cpu_backward(layout, in.x.const_data_ptr(), in.dy.const_data_ptr(), f.view(), d.view(),
                    kernels);
  Tensors out = {y, d.x, d.bias, d.scale, d.shift, n.running_mean, n.running_var};
  for (torch::Tensor& t : out)
    if (t.defined()) t = t.to(torch::kDouble);
  return out;
}

// A volume in bfloat16 is rounded once, by 2^-9 of each value at most.
void check_on_cpu(const Tensors& found, const Tensors& reference, const Inputs& in) {
  const char* names[] = {"y",      "dx",           "dbias",           "dscale",
                         "dshift", "running mean", "running variance"};
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (!reference[i].defined()) {
      CHECK_FALSE(found[i].defined());
      continue;
    }
    // dx and, its sum, dbias cancel, where there are few values all but completely.
    const auto norm = [](const torch::Tensor& t) { return t.norm().item<double>(); };
    const double size =
        i == 1 || i == 2 ? std::max(norm(reference[1]), norm(in.dy)) : norm(reference[i]);
    const double most = in.x.scalar_type() == torch::kBFloat16 && i < 2 ? 3e-3 : 3e-5;
    INFO(names[i]);
    CHECK(norm(found[i] - reference[i]) <= most * size + 1e-6);
  }
}

Inputs inputs_of(std::vector<std::int64_t> size, torch::ScalarType type, at::MemoryFormat format,
                 bool instance, bool bias) {
  Inputs in(std::move(size), type, format);
  if (in.x[0][0].numel() == 1)  // a sample's are not close to another's
    in.x.copy_(in.x[0] + 3 * torch::arange(in.x.size(0)).view({-1, 1, 1, 1, 1}));
  if (!bias) in.n.bias = torch::Tensor();
  if (instance) {
    in.n.instance = true;
    in.n.scale = in.n.shift = in.n.running_mean = in.n.running_var = torch::Tensor();
  }
  return in;
}

// check(inputs) for all there is to combine.
template <class Check>
void each_kind(const std::vector<std::int64_t>& size, Check check_inputs) {
  for (const auto type : {torch::kFloat, torch::kBFloat16})
    for (const auto format : {channels_last, channels_first})
      for (const bool instance : {false, true})
        for (const bool bias : {false, true})
          for (const bool relu_first : {false, true})
            for (const Activation after : activations) {
              Inputs in = inputs_of(size, type, format, instance, bias);
              in.n.relu_first = relu_first;
              in.n.after = after;
              INFO(in.x.sizes() << " " << type << (format == channels_last ? " channels last" : "")
                                << (instance ? " instance" : "") << (bias ? " bias" : "")
                                << (relu_first ? " relu first" : "") << " activation "
                                << static_cast<int>(after));
              check_inputs(in);
            }
}

}  // namespace

TEST_CASE("Normalisation in training on a CPU equals Torch's in float64", "[normalisation]") {
  const test::Threads threads(5);
  const auto size = GENERATE(
      as<std::vector<std::int64_t>>(), std::vector<std::int64_t>{2, 1, 3, 5, 7},
      std::vector<std::int64_t>{1, 3, 4, 5, 7}, std::vector<std::int64_t>{3, 5, 2, 3, 3},
      std::vector<std::int64_t>{2, 16, 4, 6, 8}, std::vector<std::int64_t>{1, 20, 3, 3, 5},
      std::vector<std::int64_t>{1, 33, 3, 4, 5}, std::vector<std::int64_t>{2, 300, 1, 2, 3},
      std::vector<std::int64_t>{2, 40, 1, 1, 1});
  each_kind(size, [](const Inputs& in) {
    REQUIRE(normalises_on_cpu(in.x, in.n));
    const Tensors reference = expected(in);
    for (const auto& set : all_norm_kernels()) {
      INFO(set.name);
      check_on_cpu(passes_run(in, set.kernels), reference, in);
    }
    const auto once = [&] {
      return run(normalise, in.x, in.dy, moved(in.n, [](const auto& t) { return t.clone(); }));
    };
    check_on_cpu(once(), reference, in);
  });
}

TEST_CASE("The variance is right where the mean is far away", "[normalisation]") {
  torch::manual_seed(4);
  const double mean = GENERATE(0., 100., -3e3);
  const auto format = GENERATE(channels_last, channels_first);
  const torch::Tensor x = (torch::randn({1, 5, 16, 24, 24}) + mean).contiguous(format);
  const torch::Tensor wide = x.to(torch::kDouble);
  const torch::Tensor variance = wide.var(torch::IntArrayRef{0, 2, 3, 4}, false);
  const NormLayout layout = norm_layout(x, false);
  for (const auto& set : all_norm_kernels()) {
    INFO(set.name << ", mean " << mean);
    const torch::Tensor means = torch::empty({5}), inverse = torch::empty({5});
    norm_cpu_measure(layout, x.const_data_ptr(),
                     {.mean = means.data_ptr<float>(), .inverse = inverse.data_ptr<float>()}, 0, {},
                     set.kernels);
    const torch::Tensor found = inverse.to(torch::kDouble).pow(-2);
    CHECK(((found - variance) / variance).abs().max().item<double>() < 1e-6);
    const torch::Tensor off = means.to(torch::kDouble) - wide.mean(torch::IntArrayRef{0, 2, 3, 4});
    CHECK(off.abs().max().item<double>() <= 1e-7 * std::abs(mean) + 1e-7);
  }
}

TEST_CASE("Normalisation in training on a CPU does not depend on the number of threads",
          "[normalisation]") {
  const auto format = GENERATE(channels_last, channels_first);
  const bool instance = GENERATE(false, true);
  Inputs in = inputs_of({2, 20, 16, 33, 30}, torch::kFloat, format, instance, true);
  in.n.relu_first = true;
  in.n.after = Activation::elu;
  const auto on = [&](int number) {
    const test::Threads threads(number);
    return run(normalise, in.x, in.dy, moved(in.n, [](const auto& t) { return t.clone(); }));
  };
  const Tensors one = on(1);
  for (const int number : {2, 5}) {
    const Tensors found = on(number);
    for (std::size_t i = 0; i < one.size(); ++i)
      if (one[i].defined()) CHECK(found[i].equal(one[i]));
  }
}

TEST_CASE("What is not finite spoils its channel in training on a CPU", "[normalisation]") {
  const float value = GENERATE(NAN, INFINITY);
  const auto format = GENERATE(channels_last, channels_first);
  for (const auto after : activations)
    for (const bool relu_first : {false, true}) {
      Inputs in({1, 20, 2, 3, 4}, torch::kFloat, format);
      in.n.relu_first = relu_first;
      in.n.after = after;
      in.x[0][5][1][1][1] = value;
      const Tensors reference = expected(in);
      CHECK(reference[0][0][5].isnan().all().item<bool>());
      for (const auto& set : all_norm_kernels()) {
        INFO(set.name);
        const Tensors found = passes_run(in, set.kernels);
        for (std::size_t i = 0; i < found.size(); ++i)
          CHECK(found[i].isfinite().equal(reference[i].isfinite()));
      }
    }
}

// Half of the values before the first ReLU, and a channel's before the activation, are exactly 0.
TEST_CASE("Derivatives at zero are Torch's in training on a CPU", "[normalisation]") {
  for (const auto after : activations)
    for (const bool relu_first : {false, true})
      for (const bool instance : {false, true}) {
        Inputs in = inputs_of({2, 5, 2, 3, 4}, torch::kFloat, channels_last, instance, false);
        in.x = torch::randn_like(in.x);
        in.x.slice(2, 0, 1).zero_();
        in.x.select(1, 3).zero_();
        if (!instance) in.n.shift[3] = 0;
        in.n.relu_first = relu_first;
        in.n.after = after;
        const Tensors reference = expected(in);
        for (const auto& set : all_norm_kernels()) {
          INFO(set.name);
          check_on_cpu(passes_run(in, set.kernels), reference, in);
        }
      }
}

// Torch's are 0 but for its rounding.
TEST_CASE("One value per channel is normalised to zero on a CPU", "[normalisation]") {
  Inputs in = inputs_of({1, 5, 1, 1, 1}, torch::kFloat, channels_last, true, false);
  CHECK(normalise(in.x, in.n).equal(torch::zeros_like(in.x)));
  CHECK(plain_normalise(in.x, in.n).abs().max().item<double>() < 0.01);
  for (const auto& operation : {normalise, plain_normalise}) {
    Normalisation n;
    n.running_mean = torch::zeros({5});
    n.running_var = torch::ones({5});
    CHECK(operation(in.x, n).abs().max().item<double>() < 0.01);
    CHECK(n.running_var.isnan().all().item<bool>());
  }
}

TEST_CASE("Normalisation in training on a CPU refuses gradients of gradients", "[normalisation]") {
  const Inputs in({1, 16, 2, 3, 4}, torch::kFloat, at::MemoryFormat::ChannelsLast3d);
  const torch::Tensor x = in.x.detach().requires_grad_();
  REQUIRE(normalises_on_cpu(x, in.n));
  CHECK(test::refuses_create_graph(normalise(x, in.n), x));
}

TEST_CASE("What the CPU's kernels do not take goes Torch's way", "[normalisation]") {
  const auto is_plain = [](const torch::Tensor& x, const Normalisation& n) {
    CHECK_FALSE(normalises_on_cpu(x, n));
    const auto copy = [](const torch::Tensor& t) { return t.clone(); };
    CHECK(normalise(x, moved(n, copy)).equal(plain_normalise(x, moved(n, copy))));
  };
  const Inputs in({2, 4, 3, 5, 6}, torch::kFloat, channels_first);
  const auto wide = [](const torch::Tensor& t) { return t.to(torch::kDouble); };
  is_plain(in.x.to(torch::kDouble), moved(in.n, wide));
  is_plain(in.x.transpose(2, 4), in.n);
  is_plain(in.x.slice(2, 0, 0), in.n);
  Normalisation by_running = in.n;
  by_running.training = false;
  CHECK_FALSE(normalises_on_cpu(in.x, by_running));
}

TEST_CASE("Without gradients normalise moves the running statistics and keeps its input",
          "[normalisation]") {
  Inputs in({2, 16, 3, 5, 6}, torch::kFloat, channels_last);
  in.n.relu_first = true;
  in.n.bias = torch::Tensor();
  in.n.in_place = true;
  const torch::Tensor kept = in.x.clone();
  const Tensors reference = expected(in);
  const torch::NoGradGuard no_grad;
  const torch::Tensor y = normalise(in.x, in.n);
  CHECK(in.x.equal(kept));
  CHECK(error(y.to(torch::kDouble), reference[0]) < 1e-5);
  CHECK(error(in.n.running_mean.to(torch::kDouble), reference[5]) < 1e-6);
  CHECK(error(in.n.running_var.to(torch::kDouble), reference[6]) < 1e-6);
}

}  // namespace seg
