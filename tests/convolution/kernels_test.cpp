// Winograd's steps with the kernels of every instruction set that runs here, against the portable
// ones and against the definition in float64.
#include "convolution/reference.h"
#include "convolution/winograd_steps.h"

#include "support/catch.h"

namespace seg {
namespace {

using test::ConvolutionCase;
using test::ConvolutionOperands;
using torch::Tensor;

struct Steps {
  Tensor y, dx, dw, db;  // dw [M, C, r, r, r]
};

Steps steps_of(const WinogradKernels& kernels, const ConvolutionOperands& o) {
  const Tensor &x = o.xs[0], &w = o.weight;
  Steps s{torch::empty_like(o.dy), torch::empty_like(x), {}, {}};
  winograd_convolve(kernels, x, winograd_filters_of(kernels, w.permute({2, 3, 4, 1, 0})),
                    {nullptr, o.bias.const_data_ptr<float>()}, s.y);
  const Tensor turned = w.flip({2, 3, 4}).permute({2, 3, 4, 0, 1});
  winograd_convolve(kernels, o.dy, winograd_filters_of(kernels, turned), {}, s.dx);
  const ParameterGradients g = winograd_parameter_gradients(kernels, x, o.dy);
  s.dw = g.taps.permute({4, 3, 0, 1, 2});
  s.db = g.bias;
  return s;
}

double product_of(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kFloat64) * b.to(torch::kFloat64)).sum().item<double>();
}

// <dy, the convolution of x> in float64.
double along_dy(const ConvolutionOperands& o, const Tensor& x, const Tensor& w) {
  const Tensor y = torch::conv3d(x.to(torch::kFloat64).contiguous(), w.to(torch::kFloat64), {}, 1,
                                 w.size(2) / 2);
  return product_of(o.dy, y);
}

// The gradients along random directions are the central differences of the definition, which is
// linear in x and in the weight. What an error of a gradient adds is about its norm.
struct Directions {
  std::vector<Tensor> xs, weights;
  std::vector<double> by_x, by_weight;

  explicit Directions(const ConvolutionOperands& o) {
    const Tensor &x = o.xs[0], &w = o.weight;
    for (int i = 0; i < 3; ++i) {
      const Tensor u = torch::randn_like(x), v = torch::randn_like(w);
      xs.push_back(u);
      weights.push_back(v);
      by_x.push_back((along_dy(o, x + u, w) - along_dy(o, x - u, w)) / 2);
      by_weight.push_back((along_dy(o, x, w + v) - along_dy(o, x, w - v)) / 2);
    }
  }
  void check(const Steps& s, double tolerance) const {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      CHECK(std::abs(product_of(s.dx, xs[i]) - by_x[i]) < tolerance * s.dx.norm().item<double>());
      CHECK(std::abs(product_of(s.dw, weights[i]) - by_weight[i]) <
            tolerance * s.dw.norm().item<double>());
    }
  }
};

double tolerance_of(WinogradSize size) { return size.points == 6 ? 5e-6 : 5e-5; }

}  // namespace

TEST_CASE("Winograd's steps agree with float64 and with the portable ones by every instruction set",
          "[convolution]") {
  const WinogradSize size{GENERATE(6, 8), GENERATE(3, 5)};
  const auto [in, out] = GENERATE(
      table<std::int64_t, std::int64_t>({{16, 16}, {17, 33}, {3, 20}, {48, 5}, {64, 48}, {1, 1}}));
  const ConvolutionCase c{2, {in}, out, size.taps, {5, 7, 9}};
  const ConvolutionOperands o(c);
  const double tolerance = tolerance_of(size);
  const auto sets = all_winograd_kernels(size);
  const Steps portable = steps_of(sets.front().kernels, o);
  const test::ExactConvolution exact(o);
  const Directions directions(o);
  for (const auto& set : sets) {
    INFO(set.name << ", points " << size.points << ", " << c);
    const Steps s = steps_of(set.kernels, o);
    for (const double error : exact.errors({s.y, s.dw, s.db, {s.dx}})) CHECK(error < tolerance);
    CHECK(test::relative_error(s.y, portable.y) < tolerance);
    CHECK(test::relative_error(s.dx, portable.dx) < tolerance);
    CHECK(test::relative_error(s.dw, portable.dw) < tolerance);
    CHECK(test::relative_error(s.db, portable.db) < tolerance);
    directions.check(s, 5 * tolerance);  // five standard deviations
  }
}

TEST_CASE("Winograd's steps read and write bfloat16 alike by every instruction set",
          "[convolution]") {
  const WinogradSize size{GENERATE(6, 8), GENERATE(3, 5)};
  const ConvolutionCase c{1, {GENERATE(16, 21)}, GENERATE(16, 19), size.taps, {5, 7, 8}};
  const ConvolutionOperands o(c, torch::kBFloat16, torch::kBFloat16);
  const test::ExactConvolution exact(o);
  for (const auto& set : all_winograd_kernels(size)) {
    INFO(set.name << ", points " << size.points << ", " << c);
    const Steps s = steps_of(set.kernels, o);
    const auto errors = exact.errors({s.y, s.dw, s.db, {s.dx}});
    CHECK(errors[0] < 1.0 / 256);
    CHECK(errors[1] < tolerance_of(size));
    CHECK(errors[2] < tolerance_of(size));
    CHECK(errors[3] < 1.0 / 256);
  }
}

TEST_CASE("Winograd's matrix products are right for any number of rows, by every instruction set",
          "[convolution]") {
  const std::int64_t rows = GENERATE(range(1, 20)), inner = GENERATE(0, 1, 3, 64, 65, 150);
  const std::int64_t columns = GENERATE(16, 32, 48);
  const bool transposed = GENERATE(false, true), add = GENERATE(false, true);
  torch::manual_seed(3);
  // Rows of memory are longer than the matrices: nothing is written past these.
  const Tensor a = torch::randn({transposed ? inner : rows, (transposed ? rows : inner) + 3}),
               b = torch::randn({inner, columns + 16}), c = torch::randn({rows, columns + 16});
  const Tensor left = a.narrow(1, 0, transposed ? rows : inner).to(torch::kFloat64);
  Tensor expected = c.to(torch::kFloat64).clone();
  const Tensor inside = expected.narrow(1, 0, columns);
  if (!add) inside.zero_();
  inside.add_((transposed ? left.t() : left).matmul(b.narrow(1, 0, columns).to(torch::kFloat64)));
  for (const auto& set : all_winograd_kernels({})) {
    INFO(set.name << ": " << rows << " x " << inner << " x " << columns << (add ? ", added" : "")
                  << (transposed ? ", transposed" : ""));
    const Tensor found = c.clone();
    set.kernels.multiply({{a.data_ptr<float>(), a.size(1)},
                          {b.data_ptr<float>(), b.size(1)},
                          {found.data_ptr<float>(), found.size(1)},
                          rows,
                          inner,
                          columns,
                          transposed,
                          add});
    CHECK((found - expected).abs().max().item<double>() < 3e-5);
    CHECK(torch::equal(found.narrow(1, columns, 16), c.narrow(1, columns, 16)));
  }
}

}  // namespace seg
