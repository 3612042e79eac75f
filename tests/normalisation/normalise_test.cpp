// The CUDA kernels of normalisation: their arithmetic on the processor everywhere, themselves where
// there is a GPU, both against Torch's operations in float64.
#include "normalise_cases.h"

#include "core/cuda_kernel.h"
#include "normalisation/normalise_cuda.h"
#include "support/cuda_emulation.h"

#include <torch/cuda.h>
#include <torch/utils.h>

#include <cmath>

namespace emulated {
namespace seg {
using namespace ::seg;
}
#include "normalisation/normalise_cuda.cu"
}  // namespace emulated

using namespace seg;
using namespace seg::norm_test;

namespace {

// The kernels on the processor, put together as normalise_on_gpu.cpp does.
Tensors emulated_run(const Inputs& in) {
  const torch::Tensor& x = in.x;
  Normalisation n = moved(in.n, [](const torch::Tensor& t) { return t.clone(); });
  const auto type = x.scalar_type() == torch::kFloat ? FloatType::float32 : FloatType::bfloat16;
  const NormLayout l{type, x.size(0), x.size(1), x[0][0].numel(), !x.is_contiguous(), n.instance};
  const auto floats = [](torch::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
  torch::Tensor mean = torch::empty({l.groups(), l.channels}), inverse = torch::empty_like(mean);
  torch::Tensor work = torch::empty({emulated::seg::norm_work(l)}), y = torch::empty_like(x),
                dx = torch::empty_like(x);
  const NormFormula f{floats(n.bias),  floats(n.scale), floats(n.shift), floats(mean),
                      floats(inverse), n.relu_first,    n.after};
  REQUIRE(emulated::seg::norm_cuda_measure(l, x.data_ptr(), f, n.eps,
                                           {floats(n.running_mean), floats(n.running_var), 0.1f},
                                           floats(work), nullptr) == nullptr);
  REQUIRE(emulated::seg::norm_cuda_apply(l, x.data_ptr(), f, y.data_ptr(), nullptr) == nullptr);
  const auto like = [](const torch::Tensor& t) {
    return t.defined() ? torch::full_like(t, NAN) : t;
  };
  torch::Tensor bias = like(n.bias), scale = like(n.scale), shift = like(n.shift);
  REQUIRE(
      emulated::seg::norm_cuda_backward(l, x.data_ptr(), in.dy.data_ptr(), f,
                                        {dx.data_ptr(), floats(bias), floats(scale), floats(shift)},
                                        floats(work), nullptr) == nullptr);
  Tensors out = {y, dx, bias, scale, shift, n.running_mean, n.running_var};
  for (torch::Tensor& t : out)
    if (t.defined()) t = t.to(torch::kDouble);
  return out;
}

// Volumes are rounded to their type (8 bits in bfloat16: at most 2^-9 each); sums of float32 values
// lose little more than the type does.
void check(const Tensors& found, const Tensors& reference, torch::ScalarType type) {
  const double volume = type == torch::kFloat ? 2e-4 : 4e-3;
  const char* names[] = {"y",      "dx",           "dbias",           "dscale",
                         "dshift", "running mean", "running variance"};
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (!reference[i].defined()) continue;
    INFO(names[i]);
    CHECK(found[i].isfinite().all().item<bool>());
    if (i ==
        2)  // the sum of dx, which is 0 but for what the ReLU takes: measured against dx's own size
      CHECK((found[i] - reference[i]).norm().item<double>() <
            4e-3 * reference[1].norm().item<double>() + 1e-6);
    else
      CHECK(error(found[i], reference[i]) < (i < 2 ? volume : 1e-3));
  }
}

template <class Check>
void for_each_case(Check check_case) {
  const auto kLast = at::MemoryFormat::ChannelsLast3d, kFirst = at::MemoryFormat::Contiguous;
  for (const auto& size : std::vector<std::vector<std::int64_t>>{
           {2, 16, 4, 6, 8}, {1, 3, 2, 3, 5}, {2, 40, 1, 2, 3}, {1, 8, 9, 16, 32}})
    for (const auto type : {torch::kFloat, torch::kBFloat16})
      for (const auto format : {kLast, kFirst})
        for (const int kind : {0, 1, 2, 3}) {
          INFO(size[0] << "x" << size[1] << "x" << size[2] << "x" << size[3] << "x" << size[4]
                       << " " << type << " kind " << kind
                       << (format == kLast ? " channels last" : ""));
          Inputs in(size, type, format);
          if (kind == 0) in.n.relu_first = true;  // U-Net
          if (kind == 1) {
            in.n.after = Activation::elu;
            in.n.bias = torch::Tensor();
          }
          if (kind == 2) {
            in.n.after = Activation::relu;
            in.n.bias = torch::Tensor();
            in.n.running_mean = in.n.running_var = torch::Tensor();
          }
          if (kind == 3) {
            in.n = {};
            in.n.instance = true;
            in.n.after = Activation::leaky_relu;
          }
          check_case(in);
        }
}

}  // namespace

TEST_CASE("The arithmetic of the CUDA normalisation equals Torch's in float64", "[normalisation]") {
  for_each_case(
      [](const Inputs& in) { check(emulated_run(in), expected(in), in.x.scalar_type()); });
}

TEST_CASE("Normalisation on a GPU equals Torch's in float64, twice the same",
          "[normalisation][cuda][kernel]") {
  SEG_GPU();
  for_each_case([](const Inputs& in) {
    const auto on = [](const torch::Tensor& t) {
      return t.to(torch::kCUDA, false, true, at::MemoryFormat::Preserve);
    };
    const auto once = [&] { return run(normalise, on(in.x), on(in.dy), moved(in.n, on)); };
    const Tensors found = once(), again = once();
    check(found, expected(in), in.x.scalar_type());
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i].defined()) CHECK(found[i].equal(again[i]));
  });
}

TEST_CASE("Normalisation by running statistics on a GPU equals Torch's",
          "[normalisation][cuda][kernel]") {
  SEG_GPU();
  const torch::NoGradGuard no_grad;
  for (const auto format : {at::MemoryFormat::ChannelsLast3d, at::MemoryFormat::Contiguous}) {
    Inputs in({2, 16, 3, 4, 6}, torch::kFloat, format);
    in.n.training = false;
    in.n.relu_first = true;
    const auto on = [](const torch::Tensor& t) {
      return t.to(torch::kCUDA, false, true, at::MemoryFormat::Preserve);
    };
    const auto wide = [](const torch::Tensor& t) { return t.to(torch::kDouble); };
    const torch::Tensor found = normalise(on(in.x), moved(in.n, on)).cpu().to(torch::kDouble);
    CHECK(error(found, plain_normalise(wide(in.x), moved(in.n, wide))) < 1e-5);
  }
}

TEST_CASE("A value that is no number spoils its channel on a GPU as on a CPU",
          "[normalisation][cuda][kernel]") {
  SEG_GPU();
  Inputs in({1, 16, 2, 3, 4}, torch::kFloat, at::MemoryFormat::ChannelsLast3d);
  in.n.relu_first = true;
  in.x[0][5][1][1][1] = NAN;
  const auto on = [](const torch::Tensor& t) {
    return t.to(torch::kCUDA, false, true, at::MemoryFormat::Preserve);
  };
  const torch::Tensor y = normalise(on(in.x), moved(in.n, on)).cpu();
  CHECK(y[0][5].isnan().all().item<bool>());
  CHECK(y[0][4].isfinite().all().item<bool>());
}
