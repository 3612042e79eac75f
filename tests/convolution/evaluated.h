#pragma once
// An evaluation's convolution: random operands, and its result by the definition in float64.
#include "convolution/evaluate.h"

#include "convolution/reference.h"
#include "core/rounding.h"

#include <array>
#include <cmath>
#include <limits>

namespace seg::test {

inline constexpr std::array every_way = {Way::direct, Way::winograd6, Way::winograd8, Way::amx};

struct EvaluatedCase {
  std::vector<std::int64_t> parts;  // channels
  std::int64_t out, taps;
  std::vector<std::int64_t> volume;
};

// A Finish with random numbers, some of the factors negative and one zero.
struct RandomFinish {
  torch::Tensor numbers;
  Finish finish;
  RandomFinish(std::int64_t channels, bool relu, Activation after) {
    const std::int64_t padded = round_up(channels, finish_padding);
    numbers = torch::randn({3, padded});
    numbers[1][0] = 0;
    const auto* n = numbers.const_data_ptr<float>();
    finish = {n, n + padded, n + 2 * padded, relu ? 0 : -std::numeric_limits<float>::infinity(),
              after};
  }
  torch::Tensor applied(const torch::Tensor& x) const {
    const auto row = [&](int i) {
      return numbers[i].slice(0, 0, x.size(1)).to(torch::kFloat64).view({-1, 1, 1, 1});
    };
    torch::Tensor y = (x + row(0)).clamp_min(static_cast<double>(finish.floor)) * row(1) + row(2);
    switch (finish.after) {
      case Activation::relu: return torch::relu(y);
      case Activation::leaky_relu: return torch::leaky_relu(y, 0.01);
      case Activation::elu: return torch::elu(y);
      case Activation::none: break;
    }
    return y;
  }
};

struct EvaluatedOperands {
  std::vector<torch::Tensor> parts;
  torch::Tensor weight;
  EvaluatedOperands(const EvaluatedCase& s, torch::ScalarType type, std::int64_t batch = 2,
                    std::uint64_t seed = 11) {
    torch::manual_seed(seed);
    std::int64_t in = 0;
    for (const std::int64_t channels : s.parts) {
      std::vector<std::int64_t> size = {batch, channels};
      size.insert(size.end(), s.volume.begin(), s.volume.end());
      parts.push_back(torch::randn(size).to(type).contiguous(channels_last));
      in += channels;
    }
    weight = torch::randn({s.out, in, s.taps, s.taps, s.taps}) /
             std::sqrt(static_cast<double>(in) * std::pow(s.taps, 3));
  }
  torch::Tensor convolved() const {
    return torch::conv3d(torch::cat(parts, 1).to(torch::kFloat64), weight.to(torch::kFloat64), {},
                         1, weight.size(2) / 2);
  }
};

// Roundings to bfloat16 of the factors and of the result, as in models/convolution_test.cpp.
inline double tolerance(Way way, torch::ScalarType type) {
  if (way == Way::amx) return std::sqrt(3) / 256;
  if (type == torch::kBFloat16) return 1.0 / 256;
  return way == Way::winograd8 ? 5e-5 : way == Way::winograd6 ? 5e-6 : 1e-6;
}

}  // namespace seg::test
