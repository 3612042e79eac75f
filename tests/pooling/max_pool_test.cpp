// The 2x2x2 max-pool: its kernels' arithmetic on the processor everywhere, themselves where there
// is a GPU, both bit by bit against Torch's.
#include "pooling/max_pool.h"
#include "core/cuda_kernel.h"
#include "pooling/max_pool_cuda.h"
#include "pooling/max_pool_on_cpu.h"
#include "support/catch.h"
#include "support/cuda_emulation.h"

#include <torch/cuda.h>
#include <torch/utils.h>

namespace emulated {
namespace seg {
using namespace ::seg;
}
#include "pooling/max_pool_cuda.cu"
}  // namespace emulated

using namespace seg;

namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast3d;

// y and dx of Torch, contiguous.
std::vector<torch::Tensor> expected(const torch::Tensor& x, const torch::Tensor& dy) {
  const auto leaf = x.contiguous().to(torch::kFloat).detach().clone().requires_grad_();
  const auto y = torch::max_pool3d(leaf, 2);
  y.backward(dy.contiguous().to(torch::kFloat));
  return {y.detach().to(x.scalar_type()), leaf.grad().to(x.scalar_type())};
}

template <class Check>
void for_each_case(Check check) {
  torch::manual_seed(4);
  for (const std::int64_t channels : {1, 3, 8, 16})
    for (const auto type : {torch::kFloat, torch::kBFloat16})
      for (const auto format : {kLast, at::MemoryFormat::Contiguous}) {
        INFO(channels << " channels, " << type << (format == kLast ? ", channels last" : ""));
        // Few values, so that many are equal: the first must be taken.
        const auto x = torch::randint(-3, 3, {2, channels, 4, 6, 8}).to(type).contiguous(format);
        const auto dy = torch::randn({2, channels, 2, 3, 4}).to(type).contiguous(format);
        check(x, dy);
      }
}

}  // namespace

TEST_CASE("The arithmetic of the CUDA max-pool equals Torch's, bit by bit", "[pooling]") {
  for_each_case([](const torch::Tensor& x, const torch::Tensor& dy) {
    const auto type = x.scalar_type() == torch::kFloat ? FloatType::float32 : FloatType::bfloat16;
    const PoolLayout l{type, 2, x.size(1), 2, 3, 4, !x.is_contiguous()};
    auto y = torch::empty_like(dy), dx = torch::empty_like(x),
         from = torch::empty_like(dy, torch::kUInt8);
    REQUIRE(emulated::seg::max_pool_cuda(l, x.data_ptr(), y.data_ptr(),
                                         from.data_ptr<std::uint8_t>(), nullptr) == nullptr);
    REQUIRE(emulated::seg::max_pool_cuda_backward(l, dy.data_ptr(), from.data_ptr<std::uint8_t>(),
                                                  dx.data_ptr(), nullptr) == nullptr);
    const auto reference = expected(x, dy);
    CHECK(y.equal(reference[0]));
    CHECK(dx.equal(reference[1]));
  });
}

TEST_CASE("The max-pool on a GPU equals Torch's, bit by bit, and keeps the memory format",
          "[pooling][cuda][kernel]") {
  SEG_GPU();
  for_each_case([](const torch::Tensor& x, const torch::Tensor& dy) {
    const auto on = [](const torch::Tensor& t) {
      return t.to(torch::kCUDA, false, true, at::MemoryFormat::Preserve);
    };
    const auto leaf = on(x).requires_grad_();
    const auto y = max_pool2(leaf);
    y.backward(on(dy));
    const auto reference = expected(x, dy);
    CHECK(y.strides() == dy.strides());
    CHECK(leaf.grad().strides() == x.strides());
    CHECK(y.detach().cpu().equal(reference[0]));
    CHECK(leaf.grad().cpu().equal(reference[1]));
  });
}

TEST_CASE("The max-pool of a CPU without a gradient equals Torch's, bit by bit, by each kernel set",
          "[pooling]") {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(6);
  for (const std::int64_t channels : {1, 3, 16, 20})
    for (const auto type : {torch::kFloat, torch::kBFloat16}) {
      torch::Tensor x = torch::randn({2, channels, 4, 6, 8}).to(type).contiguous(kLast);
      x[0][0][1][1][1] = NAN;
      x[0][0][2][2][2] = -INFINITY;
      REQUIRE(pools_on_cpu(x));
      const torch::Tensor reference = torch::max_pool3d(x, 2);
      CHECK(torch::equal(max_pool2(x).nan_to_num(7), reference.nan_to_num(7)));
      for (const auto& set : all_pool_kernels()) {
        INFO(set.name << ", " << channels << " channels");
        const torch::Tensor y = max_pool2_on_cpu(x, set.kernels);
        CHECK(y.is_contiguous(kLast));
        CHECK(torch::equal(y.isnan(), reference.isnan()));
        CHECK(torch::equal(y.nan_to_num(7), reference.nan_to_num(7)));
      }
    }
}

TEST_CASE("The max-pool keeps to Torch's where its kernels do not go", "[pooling]") {
  const torch::Tensor x = torch::randn({1, 4, 5, 6, 8}).contiguous(kLast);
  CHECK_FALSE(pools_on_cpu(x));
  CHECK_FALSE(pools_on_cpu(torch::randn({1, 4, 4, 6, 8})));
  CHECK_FALSE(pools_on_cpu(torch::randn({1, 4, 4, 6, 8}).contiguous(kLast).requires_grad_()));
  CHECK(torch::equal(max_pool2(x), torch::max_pool3d(x, 2)));
}
