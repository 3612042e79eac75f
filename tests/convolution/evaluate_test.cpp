// The convolutions of evaluation against Torch's in float64.
#include "convolution/evaluated.h"
#include "convolution/strip_kernel.h"
#include "core/error.h"

#include "support/catch.h"

#include <algorithm>
#include <random>

namespace seg {
namespace {

using test::EvaluatedCase;
using test::EvaluatedOperands;
using test::every_way;
using test::RandomFinish;
using test::tolerance;
using torch::Tensor;

// A case whose sizes are drawn at random.
EvaluatedCase random_case(std::mt19937_64& random) {
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  EvaluatedCase c{{1 + below(40)}, 1 + below(50), 1 + 2 * below(4), {}};
  if (below(2) == 0) c.parts.insert(c.parts.begin(), 16 * (1 + below(3)));
  for (int axis = 0; axis < 3; ++axis) c.volume.push_back(1 + below(axis == 2 ? 40 : 9));
  if (below(8) == 0) c.volume[1] = 60 + below(20);
  return c;
}

// All of a convolution as one task of `kernels`.
Tensor by_strip(const StripKernels& kernels, const EvaluatedOperands& o, const Finish& finish) {
  const Tensor& x = o.parts[0];
  const auto taps = static_cast<int>(o.weight.size(2));
  const std::int64_t in = x.size(1), out = o.weight.size(0);
  const auto bytes = [](std::int64_t count) { return torch::empty({count}, torch::kUInt8); };
  const Tensor filters = bytes(kernels.filter_bytes(in, out, taps));
  kernels.filters(o.weight.const_data_ptr<float>(), in, out, taps, filters.data_ptr());
  const StripPart part{x.const_data_ptr(), x.scalar_type() == torch::kBFloat16, in};
  const Tensor y =
      torch::empty({1, out, x.size(2), x.size(3), x.size(4)}, x.options(), test::channels_last);
  const StripConvolution c{.parts = &part,
                           .part_count = 1,
                           .taps = taps,
                           .batch = 1,
                           .depth = x.size(2),
                           .height = x.size(3),
                           .width = x.size(4),
                           .in = in,
                           .out = out,
                           .filters = filters.const_data_ptr(),
                           .finish = finish,
                           .y = y.data_ptr(),
                           .bfloat16 = part.bfloat16};
  const Tensor memory = bytes(kernels.memory(c, c.height));
  kernels.run(c, {0, 0, c.height, 0, c.depth, 0, out}, memory.data_ptr());
  return y;
}

}  // namespace

TEST_CASE("each way of an evaluation's convolution agrees with the definition in float64",
          "[convolution]") {
  const EvaluatedCase s =
      GENERATE(EvaluatedCase{{1}, 16, 3, {5, 6, 17}}, EvaluatedCase{{16, 16}, 16, 3, {4, 9, 33}},
               EvaluatedCase{{3}, 5, 5, {3, 4, 6}}, EvaluatedCase{{20}, 33, 3, {2, 5, 16}},
               EvaluatedCase{{64, 32}, 48, 3, {6, 5, 7}}, EvaluatedCase{{32, 4}, 20, 5, {5, 7, 20}},
               EvaluatedCase{{48}, 16, 1, {3, 4, 9}}, EvaluatedCase{{16}, 16, 5, {1, 1, 1}},
               EvaluatedCase{{16}, 7, 3, {1, 30, 5}});
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const bool relu = GENERATE(false, true);
  const EvaluatedOperands o(s, type);
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
    CHECK(y.is_contiguous(test::channels_last));
    CHECK(test::relative_error(y, expected) < tolerance(way, result_type));
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
  const EvaluatedOperands o({{64}, 80, 3, {7, 24, 18}}, torch::kBFloat16);
  const RandomFinish finish(80, true, Activation::none);
  for (const Way way : every_way) {
    if (!can_evaluate(way, o.parts, o.weight)) continue;
    const Tensor filters = prepared_filters(way, o.weight);
    std::vector<Tensor> found;
    for (const int threads : {1, 2, 5}) {
      const test::Threads limited(threads);
      found.push_back(evaluate(way, o.parts, o.weight, filters, finish.finish, torch::kBFloat16));
    }
    CHECK(torch::equal(found[1], found[0]));
    CHECK(torch::equal(found[2], found[0]));
  }
}

TEST_CASE("strips of unequal rows of several samples", "[convolution]") {
  for (const EvaluatedCase& s :
       {EvaluatedCase{{1}, 4, 3, {2, 96, 5}}, EvaluatedCase{{32}, 16, 3, {2, 65, 17}}}) {
    const auto type = torch::kBFloat16;
    const EvaluatedOperands o(s, type, /*batch=*/3);
    const RandomFinish finish(s.out, true, Activation::none);
    const Tensor expected = finish.applied(o.convolved());
    for (const Way way : every_way) {
      if (!can_evaluate(way, o.parts, o.weight)) continue;
      for (const int threads : {1, 2, 3, 4}) {
        INFO("way " << static_cast<int>(way) << ", " << threads << " threads");
        const test::Threads limited(threads);
        const Tensor y =
            evaluate(way, o.parts, o.weight, prepared_filters(way, o.weight), finish.finish, type);
        CHECK(test::relative_error(y, expected) < tolerance(way, type));
      }
    }
  }
}

TEST_CASE("the way is the same alone and in a batch, on any number of threads", "[convolution]") {
  const EvaluatedOperands one({{16}, 16, 3, {8, 8, 8}}, torch::kFloat32, 1),
      eight({{16}, 16, 3, {8, 8, 8}}, torch::kFloat32, 8);
  for (const int threads : {1, 2, 16}) {
    const test::Threads limited(threads);
    CHECK(way_of(one.parts, one.weight, false) == Way::none);
    CHECK(way_of(eight.parts, eight.weight, false) == Way::none);
  }
}

TEST_CASE("a value that is not a number spreads as far as the filter and no further by AMX",
          "[convolution]") {
  EvaluatedOperands o({{16}, 16, 3, {4, 5, 40}}, torch::kBFloat16);
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
  const EvaluatedOperands first({{1}, 16, 3, {8, 8, 8}}, torch::kFloat32),
      few({{16}, 16, 3, {4, 4, 4}}, torch::kFloat32),
      many({{16}, 16, 3, {24, 24, 24}}, torch::kFloat32);
  CHECK(way_of(first.parts, first.weight, false) == Way::direct);
  CHECK(way_of(few.parts, few.weight, false) == Way::none);
  const auto way = [](std::int64_t channels, std::int64_t r, std::int64_t size, bool bfloat16) {
    const EvaluatedOperands o({{channels}, 16, r, {size, size, size}}, torch::kFloat32);
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
  const Tensor wide = torch::zeros({256, 256, 3, 3, 3});
  CHECK(way(256, 3, 24, false) == (vectors ? Way::winograd6 : Way::none));
  CHECK(keeps_filters(Way::winograd6, wide.narrow(0, 0, 128)));
  CHECK_FALSE(keeps_filters(Way::winograd6, wide));
  CHECK(keeps_filters(Way::amx, wide));
  CHECK_THROWS_AS(prepared_filters(Way::none, many.weight), Error);
  CHECK_THROWS_AS(evaluate(Way::direct, few.parts, first.weight, {}, {}, torch::kFloat32), Error);
  const Tensor filters = prepared_filters(Way::direct, first.weight);
  for (const auto type : {torch::kFloat16, torch::kFloat64})
    CHECK_THROWS_AS(evaluate(Way::direct, first.parts, first.weight, filters, {}, type), Error);
}

TEST_CASE("evaluations' convolutions of random shapes agree with the definition", "[convolution]") {
  std::mt19937_64 random(21);
  for (std::uint64_t i = 0; i < 60; ++i) {
    const EvaluatedCase c = random_case(random);
    const auto type = i % 2 == 0 ? torch::kFloat32 : torch::kBFloat16;
    const EvaluatedOperands o(c, type, 1 + static_cast<std::int64_t>(random() % 3), i);
    const RandomFinish finish(c.out, i % 3 == 0, i % 3 == 1 ? Activation::relu : Activation::none);
    const Tensor expected = finish.applied(o.convolved());
    const test::Threads limited(1 + static_cast<int>(random() % 4));
    for (const Way way : every_way) {
      if (!can_evaluate(way, o.parts, o.weight)) continue;
      INFO("shape " << i << ", way " << static_cast<int>(way) << ", " << toString(type) << ", "
                    << o.parts[0].sizes() << ", " << o.weight.sizes());
      const Tensor y =
          evaluate(way, o.parts, o.weight, prepared_filters(way, o.weight), finish.finish, type);
      CHECK(test::relative_error(y, expected) < tolerance(way, type));
    }
  }
}

TEST_CASE("threads share the output's channels where the filters are many", "[convolution]") {
  const EvaluatedOperands o({{512}, 80, 3, {3, 5, 6}}, torch::kBFloat16, 1);
  const RandomFinish finish(80, false, Activation::none);
  const Tensor expected = finish.applied(o.convolved());
  for (const Way way : {Way::direct, Way::amx}) {
    if (!can_evaluate(way, o.parts, o.weight)) continue;
    const Tensor filters = prepared_filters(way, o.weight);
    for (const int threads : {1, 2, 3, 16}) {
      const test::Threads limited(threads);
      const Tensor y = evaluate(way, o.parts, o.weight, filters, finish.finish, torch::kBFloat16);
      CHECK(test::relative_error(y, expected) < tolerance(way, torch::kBFloat16));
    }
  }
}

TEST_CASE("the direct convolution agrees with the definition by every instruction set",
          "[convolution]") {
  const EvaluatedCase c =
      GENERATE(EvaluatedCase{{1}, 16, 3, {5, 6, 17}}, EvaluatedCase{{3}, 33, 5, {3, 4, 6}},
               EvaluatedCase{{20}, 7, 1, {2, 5, 16}}, EvaluatedCase{{2}, 48, 7, {4, 9, 33}});
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const EvaluatedOperands o(c, type, 1);
  const RandomFinish finish(c.out, false, Activation::elu);
  const Tensor expected = finish.applied(o.convolved());
  for (const auto& set : all_direct_kernels()) {
    INFO(set.name << ", " << toString(type));
    const Tensor y = by_strip(set.kernels, o, finish.finish);
    CHECK(test::relative_error(y, expected) < tolerance(Way::direct, type));
  }
}

}  // namespace seg
