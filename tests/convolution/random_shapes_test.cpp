// Our own convolutions of random shapes against the definition in float64.
#include "convolution/reference.h"

#include "support/catch.h"

#include <algorithm>
#include <random>

namespace seg {
namespace {

using test::ConvolutionCase;
using test::ConvolutionOperands;
using torch::Tensor;

struct RandomConvolution {
  ConvolutionCase shape;
  torch::ScalarType x = torch::kFloat32, y = torch::kFloat32;
  bool relu = false, contiguous = false;
  int threads = 1;
};

std::ostream& operator<<(std::ostream& to, const RandomConvolution& c) {
  return to << c.shape << ", " << toString(c.x) << " to " << toString(c.y)
            << (c.relu ? ", ReLU" : "") << (c.contiguous ? ", contiguous" : "") << ", threads "
            << c.threads;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  RandomConvolution next() {
    RandomConvolution c;
    c.shape.batch = 1 + below(3);
    c.shape.taps = one_in(2) ? 5 : 3;
    for (std::int64_t& axis : c.shape.size) axis = 1 + below(12);
    if (one_in(8)) c.shape.size[below(3)] = 1 + below(70);
    c.shape.out = one_in(10) ? 1 + below(130) : 1 + below(40);
    c.shape.in = parts(one_in(10) ? 1 + below(130) : 1 + below(40));
    while (products(c.shape) > most_products) halve(c.shape);
    c.x = one_in(4) ? torch::kBFloat16 : torch::kFloat32;
    c.y = one_in(4) ? torch::kBFloat16 : torch::kFloat32;
    c.relu = one_in(3);
    c.contiguous = one_in(4);
    c.threads = 1 + static_cast<int>(below(4));
    return c;
  }

 private:
  static constexpr std::int64_t most_products = 60'000'000;

  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
  }
  bool one_in(std::int64_t count) { return below(count) == 0; }

  // All but the last of whole vectors of channels.
  std::vector<std::int64_t> parts(std::int64_t channels) {
    std::vector<std::int64_t> all;
    while (channels > 16 && one_in(2)) {
      const std::int64_t part = 16 * (1 + below((channels - 1) / 16));
      all.push_back(part);
      channels -= part;
    }
    all.push_back(channels);
    return all;
  }

  static std::int64_t products(const ConvolutionCase& c) {
    return c.batch * c.size[0] * c.size[1] * c.size[2] * c.out * c.channels() * c.taps * c.taps *
           c.taps;
  }
  static void halve(ConvolutionCase& c) {
    std::int64_t& longest = *std::max_element(c.size.begin(), c.size.end());
    longest = (longest + 1) / 2;
  }

  std::mt19937_64 random_;
};

// Where the volume is smaller than 5x5x5 taps few of them meet a voxel, but every one rounds.
double exact_error(const RandomConvolution& c) {
  const auto& size = c.shape.size;
  const std::int64_t taps = c.shape.taps;
  const bool smaller = taps == 5 && *std::min_element(size.begin(), size.end()) < taps;
  return c.y == torch::kBFloat16 ? 5e-5 : smaller ? 2e-5 : 5e-6;
}

// What rounding allows: the results, and the terms of those in bfloat16.
bool agrees(const RandomConvolution& c, std::uint64_t seed) {
  ConvolutionOperands o(c.shape, c.x, c.y, seed);
  for (Tensor& x : o.xs) {
    if (c.relu) x = x.relu();
    if (c.contiguous) x = x.contiguous();
  }
  const test::Threads limited(c.threads);
  const test::Convolved found = test::by_ours(o, c.y);
  const auto errors = test::ExactConvolution(o).errors(found);
  const double exactly = exact_error(c), rounded = 1.0 / 256 + 1e-4;
  bool all = found.y.scalar_type() == c.y;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const bool volume = i == 0 || i >= 3;
    const auto type = i == 0 ? c.y : c.x;
    const double most = volume && type == torch::kBFloat16 ? rounded : exactly;
    INFO("seed " << seed << ": " << c << "; error of y, weight, bias, xs: " << i);
    CHECK(errors[i] < most);
    all = all && errors[i] < most;
  }
  return all;
}

void check_random_shapes(int count) {
  Generator generator(20);
  for (int i = 0; i < count; ++i) {
    const RandomConvolution c = generator.next();
    if (!agrees(c, static_cast<std::uint64_t>(i))) WARN("shape " << i << " failed: " << c);
  }
}

}  // namespace

TEST_CASE("our convolutions of random shapes agree with the definition", "[convolution]") {
  check_random_shapes(60);
}

TEST_CASE("our convolutions of 10,000 random shapes agree with the definition",
          "[.torture-convolution]") {
  check_random_shapes(10'000);
}

}  // namespace seg
