// The convolutions of evaluation against Torch's in float64.
#include "convolution/evaluate.h"

#include "core/error.h"

#include "support/catch.h"

#include <array>
#include <cmath>
#include <limits>

namespace seg {
namespace {

using torch::Tensor;
constexpr auto last = torch::MemoryFormat::ChannelsLast3d;
constexpr std::array every_way = {Way::direct, Way::winograd6, Way::winograd8, Way::amx};

struct Sizes {
  std::vector<std::int64_t> parts;  // channels
  std::int64_t out, taps;
  std::vector<std::int64_t> volume;
};

// A Finish with random numbers, some of the factors negative and one zero.
struct RandomFinish {
  Tensor numbers;
  Finish finish;
  RandomFinish(std::int64_t channels, bool relu, Activation after) {
    const std::int64_t padded = (channels + finish_padding - 1) / finish_padding * finish_padding;
    numbers = torch::randn({3, padded});
    numbers[1][0] = 0;
    const auto* n = numbers.const_data_ptr<float>();
    finish = {n, n + padded, n + 2 * padded, relu ? 0 : -std::numeric_limits<float>::infinity(),
              after};
  }
  Tensor applied(const Tensor& x) const {
    const auto row = [&](int i) {
      return numbers[i].slice(0, 0, x.size(1)).to(torch::kFloat64).view({-1, 1, 1, 1});
    };
    Tensor y = (x + row(0)).clamp_min(static_cast<double>(finish.floor)) * row(1) + row(2);
    switch (finish.after) {
      case Activation::relu: return torch::relu(y);
      case Activation::leaky_relu: return torch::leaky_relu(y, 0.01);
      case Activation::elu: return torch::elu(y);
      case Activation::none: break;
    }
    return y;
  }
};

double error_of(const Tensor& found, const Tensor& expected) {
  return ((found.to(torch::kFloat64) - expected).norm() / expected.norm()).item<double>();
}

struct Operands {
  std::vector<Tensor> parts;
  Tensor weight;
  Operands(const Sizes& s, torch::ScalarType type, std::int64_t batch = 2) {
    torch::manual_seed(11);
    std::int64_t in = 0;
    for (const std::int64_t channels : s.parts) {
      std::vector<std::int64_t> size = {batch, channels};
      size.insert(size.end(), s.volume.begin(), s.volume.end());
      parts.push_back(torch::randn(size).to(type).contiguous(last));
      in += channels;
    }
    weight = torch::randn({s.out, in, s.taps, s.taps, s.taps}) /
             std::sqrt(static_cast<double>(in) * std::pow(s.taps, 3));
  }
  Tensor convolved() const {
    return torch::conv3d(torch::cat(parts, 1).to(torch::kFloat64), weight.to(torch::kFloat64), {},
                         1, weight.size(2) / 2);
  }
};

// Roundings to bfloat16 of the factors and of the result, as in models/convolution_test.cpp.
double tolerance(Way way, torch::ScalarType type) {
  if (way == Way::amx) return std::sqrt(3) / 256;
  if (type == torch::kBFloat16) return 1.0 / 256;
  return way == Way::winograd8 ? 5e-5 : way == Way::winograd6 ? 5e-6 : 1e-6;
}

}  // namespace

TEST_CASE("each way of an evaluation's convolution agrees with the definition in float64",
          "[convolution]") {
  const Sizes s = GENERATE(Sizes{{1}, 16, 3, {5, 6, 17}}, Sizes{{16, 16}, 16, 3, {4, 9, 33}},
                           Sizes{{3}, 5, 5, {3, 4, 6}}, Sizes{{20}, 33, 3, {2, 5, 16}},
                           Sizes{{64, 32}, 48, 3, {6, 5, 7}}, Sizes{{32, 4}, 20, 5, {5, 7, 20}},
                           Sizes{{48}, 16, 1, {3, 4, 9}}, Sizes{{16}, 16, 5, {1, 1, 1}},
                           Sizes{{16}, 7, 3, {1, 30, 5}});
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const bool relu = GENERATE(false, true);
  const Operands o(s, type);
  const auto after = relu ? Activation::none : Activation::elu;
  const RandomFinish finish(s.out, relu, after);
  const Tensor expected = finish.applied(o.convolved());
  int ways = 0;
  for (const Way way : every_way) {
    if (!can_evaluate(way, o.parts, o.weight)) continue;
    INFO("way " << static_cast<int>(way) << ", " << toString(type));
    const auto result_type = way == Way::amx ? torch::kBFloat16 : type;
    const Tensor y =
        evaluate(way, o.parts, o.weight, prepared_filters(way, o.weight), finish.finish, type);
    CHECK(y.scalar_type() == result_type);
    CHECK(y.is_contiguous(last));
    CHECK(error_of(y, expected) < tolerance(way, result_type));
    std::vector<Tensor> contiguous;
    for (const Tensor& part : o.parts) contiguous.push_back(part.contiguous());
    CHECK(torch::equal(
        evaluate(way, contiguous, o.weight, prepared_filters(way, o.weight), finish.finish, type),
        y));
    ++ways;
  }
  CHECK(ways > 0);
}

TEST_CASE("an evaluation's convolution is the same on any number of threads", "[convolution]") {
  const Operands o({{64}, 80, 3, {7, 24, 18}}, torch::kBFloat16);
  const RandomFinish finish(80, true, Activation::none);
  const int before = at::get_num_threads();
  for (const Way way : every_way) {
    if (!can_evaluate(way, o.parts, o.weight)) continue;
    const Tensor filters = prepared_filters(way, o.weight);
    std::vector<Tensor> found;
    for (const int threads : {1, 2, 5}) {
      at::set_num_threads(threads);
      found.push_back(evaluate(way, o.parts, o.weight, filters, finish.finish, torch::kBFloat16));
    }
    at::set_num_threads(before);
    CHECK(torch::equal(found[1], found[0]));
    CHECK(torch::equal(found[2], found[0]));
  }
}

TEST_CASE("strips of unequal rows of several samples", "[convolution]") {
  const int before = at::get_num_threads();
  for (const Sizes& s : {Sizes{{1}, 4, 3, {2, 96, 5}}, Sizes{{32}, 16, 3, {2, 65, 17}}}) {
    const auto type = torch::kBFloat16;
    const Operands o(s, type, /*batch=*/3);
    const RandomFinish finish(s.out, true, Activation::none);
    const Tensor expected = finish.applied(o.convolved());
    for (const Way way : every_way) {
      if (!can_evaluate(way, o.parts, o.weight)) continue;
      for (const int threads : {1, 2, 3, 4}) {
        INFO("way " << static_cast<int>(way) << ", " << threads << " threads");
        at::set_num_threads(threads);
        const Tensor y =
            evaluate(way, o.parts, o.weight, prepared_filters(way, o.weight), finish.finish, type);
        CHECK(error_of(y, expected) < tolerance(way, type));
      }
    }
  }
  at::set_num_threads(before);
}

TEST_CASE("the way is the same alone and in a batch, on any number of threads", "[convolution]") {
  const Operands one({{16}, 16, 3, {8, 8, 8}}, torch::kFloat32, 1),
      eight({{16}, 16, 3, {8, 8, 8}}, torch::kFloat32, 8);
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 16}) {
    at::set_num_threads(threads);
    CHECK(way_of(one.parts, one.weight, false) == Way::none);
    CHECK(way_of(eight.parts, eight.weight, false) == Way::none);
  }
  at::set_num_threads(before);
}

TEST_CASE("a value that is not a number spreads as far as the filter and no further by AMX",
          "[convolution]") {
  Operands o({{16}, 16, 3, {4, 5, 40}}, torch::kBFloat16);
  if (!can_evaluate(Way::amx, o.parts, o.weight)) SEG_SKIP("this processor has no AMX");
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  o.parts[0].index_put_({0, 3, 1, 2, 20}, bad);
  const RandomFinish finish(16, true, Activation::none);
  const Tensor y = evaluate(Way::amx, o.parts, o.weight, prepared_filters(Way::amx, o.weight),
                            finish.finish, torch::kBFloat16);
  const Tensor wrong = y.isfinite().logical_not()[0].any(0);
  CHECK(wrong.sum().item<std::int64_t>() <= 27);
  CHECK(wrong[1][2][20].item<bool>());
  CHECK(wrong[0][1][19].item<bool>());
  CHECK(wrong[2][3][21].item<bool>());
}

TEST_CASE("the way of an evaluation's convolution", "[convolution]") {
  const Operands first({{1}, 16, 3, {8, 8, 8}}, torch::kFloat32),
      few({{16}, 16, 3, {4, 4, 4}}, torch::kFloat32),
      many({{16}, 16, 3, {24, 24, 24}}, torch::kFloat32);
  CHECK(way_of(first.parts, first.weight, false) == Way::direct);
  CHECK(way_of(few.parts, few.weight, false) == Way::none);
  const auto way = [](std::int64_t channels, std::int64_t r, std::int64_t size, bool bfloat16) {
    const Operands o({{channels}, 16, r, {size, size, size}}, torch::kFloat32);
    return way_of(o.parts, o.weight, bfloat16);
  };
  CHECK(way(3, 3, 8, false) == Way::direct);
  CHECK(way(4, 3, 8, false) == Way::none);
  CHECK(way(1, 5, 8, false) == Way::none);
  CHECK(way(1, 5, 8, true) == Way::direct);
  CHECK(way(2, 3, 8, true) != Way::direct);
  CHECK(way(16, 5, 6, false) == Way::none);
  const bool vectors = can_evaluate(Way::winograd6, many.parts, many.weight),
             tiles_of_amx = can_evaluate(Way::amx, many.parts, many.weight);
  CHECK(way_of(many.parts, many.weight, false) == (vectors ? Way::winograd6 : Way::none));
  CHECK(way_of(many.parts, many.weight, true) == (tiles_of_amx ? Way::amx
                                                  : vectors    ? Way::winograd8
                                                               : Way::none));
  CHECK(way_of(many.parts, torch::randn({16, 16, 2, 2, 2}), false) == Way::none);
  CHECK(way_of(many.parts, many.weight.to(torch::kFloat64), false) == Way::none);
  CHECK_THROWS_AS(prepared_filters(Way::none, many.weight), Error);
  CHECK_THROWS_AS(evaluate(Way::direct, few.parts, first.weight, {}, {}, torch::kFloat32), Error);
}

}  // namespace seg
