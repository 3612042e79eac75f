#pragma once
// A convolution with its gradients, ours and by its definition in float64.
#include "convolution/convolution.h"

#include "support/threads.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/torch.h>

#include <array>
#include <cmath>
#include <ostream>
#include <vector>

namespace seg::test {

constexpr auto channels_last = torch::MemoryFormat::ChannelsLast3d;

struct ConvolutionCase {
  std::int64_t batch = 1;
  std::vector<std::int64_t> in;  // channels of each part
  std::int64_t out = 1, taps = 3;
  std::array<std::int64_t, 3> size{};

  std::int64_t channels() const {
    std::int64_t sum = 0;
    for (const std::int64_t part : in) sum += part;
    return sum;
  }
};

inline std::ostream& operator<<(std::ostream& to, const ConvolutionCase& c) {
  to << "batch " << c.batch << ", channels";
  for (const std::int64_t part : c.in) to << " " << part;
  return to << " -> " << c.out << ", taps " << c.taps << ", size " << c.size[0] << " " << c.size[1]
            << " " << c.size[2];
}

struct ConvolutionOperands {
  std::vector<torch::Tensor> xs;
  torch::Tensor weight, bias, dy;

  // Normal numbers: xs of type x, dy of type y.
  explicit ConvolutionOperands(const ConvolutionCase& c, torch::ScalarType x = torch::kFloat32,
                               torch::ScalarType y = torch::kFloat32, std::uint64_t seed = 7) {
    torch::manual_seed(seed);
    const auto [d, h, w] = c.size;
    for (const std::int64_t part : c.in)
      xs.push_back(torch::randn({c.batch, part, d, h, w}).to(x).contiguous(channels_last));
    weight = torch::randn({c.out, c.channels(), c.taps, c.taps, c.taps}) /
             std::sqrt(static_cast<double>(c.channels()) * std::pow(c.taps, 3));
    bias = torch::randn({c.out});
    dy = torch::randn({c.batch, c.out, d, h, w}).to(y).contiguous(channels_last);
  }

  // f of every tensor.
  template <class F>
  ConvolutionOperands each(const F& f) const {
    ConvolutionOperands o = *this;
    for (torch::Tensor& x : o.xs) x = f(x);
    o.weight = f(weight);
    o.bias = f(bias);
    o.dy = f(dy);
    return o;
  }
};

// y and the gradients.
struct Convolved {
  torch::Tensor y, weight, bias;
  std::vector<torch::Tensor> xs;

  std::vector<torch::Tensor> all() const {
    std::vector<torch::Tensor> tensors = {y, weight, bias};
    tensors.insert(tensors.end(), xs.begin(), xs.end());
    return tensors;
  }
};

// convolve(xs, weight, bias) -> y, and what autograd makes of it.
template <class F>
Convolved with_gradients(const ConvolutionOperands& operands, const F& convolve) {
  const ConvolutionOperands o =
      operands.each([](const torch::Tensor& t) { return t.detach().clone().requires_grad_(true); });
  std::vector<torch::Tensor> inputs = {o.weight, o.bias};
  inputs.insert(inputs.end(), o.xs.begin(), o.xs.end());
  const torch::Tensor y = convolve(o.xs, o.weight, o.bias);
  const auto g = torch::autograd::grad({y}, inputs, {operands.dy});
  return {y.detach(), g[0], g[1], {g.begin() + 2, g.end()}};
}

inline Convolved by_ours(const ConvolutionOperands& o, torch::ScalarType type) {
  return with_gradients(o, [&](const auto& xs, const auto& weight, const auto& bias) {
    return convolution(xs, weight, bias, type);
  });
}

inline Convolved by_torch(const ConvolutionOperands& o) {
  return with_gradients(o, [](const auto& xs, const auto& weight, const auto& bias) {
    return torch::conv3d(torch::cat(xs, 1), weight, bias, 1, weight.size(2) / 2);
  });
}

// The definition in float64, and the size of each result were the signs of its terms random: what
// an error is a part of where few numbers may cancel.
struct ExactConvolution {
  Convolved results;
  std::vector<double> sizes;

  explicit ExactConvolution(const ConvolutionOperands& o)
      : results(
            by_torch(o.each([](const auto& t) { return t.to(torch::kFloat64).contiguous(); }))) {
    const Convolved squares =
        by_torch(o.each([](const auto& t) { return t.to(torch::kFloat64).square().contiguous(); }));
    for (const torch::Tensor& square : squares.all())
      sizes.push_back(std::sqrt(square.sum().item<double>()));
  }

  // Of y, the weight's gradient, the bias's and each part's.
  std::vector<double> errors(const Convolved& found) const {
    const auto expected = results.all(), all = found.all();
    std::vector<double> relative;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const torch::Tensor difference = all[i].to(torch::kFloat64) - expected[i];
      relative.push_back(difference.norm().item<double>() / sizes[i]);
    }
    return relative;
  }
};

// Relative errors: root mean square of the difference over that of what is expected.
inline double relative_error(const torch::Tensor& found, const torch::Tensor& expected) {
  const torch::Tensor exact = expected.to(torch::kFloat64);
  return ((found.to(torch::kFloat64) - exact).norm() / exact.norm()).item<double>();
}

}  // namespace seg::test
