// The CUDA kernels: their arithmetic on the processor everywhere, themselves where there is a GPU.
#include "loss/softmax_cuda.h"
#include "core/cuda_kernel.h"
#include "loss/statistics_volumes.h"
#include "loss/support.h"
#include "support/catch.h"
#include "support/cuda_emulation.h"

#include <torch/cuda.h>

namespace emulated {
namespace seg {
using namespace ::seg;
}
#include "loss/softmax_cuda.cu"
}  // namespace emulated

using namespace seg;
using namespace seg::test;

namespace {

SoftmaxBatch batch_of(const StatisticsVolumes& v) {
  return {v.logits.const_data_ptr(),
          logit_type(v.logits),
          v.class_stride(),
          v.voxel_stride(),
          v.samples(),
          v.classes(),
          v.voxels(),
          v.labels.const_data_ptr<std::uint8_t>(),
          v.contour_data(),
          v.weight_data()};
}

SoftmaxStatistics emulated_statistics(const StatisticsVolumes& v) {
  const std::int64_t size = 8 * v.classes() + 2;
  const auto result = torch::empty({v.samples(), size}, torch::kDouble),
             partial =
                 torch::empty({v.samples(), emulated::seg::softmax_cuda_blocks(v.voxels()), size},
                              torch::kDouble);
  REQUIRE(emulated::seg::softmax_cuda_forward(batch_of(v), partial.data_ptr<double>(),
                                              result.data_ptr<double>(), nullptr) == nullptr);
  return {result.narrow(1, 0, 8 * v.classes()).view({v.samples(), 2, 4, v.classes()}),
          result.narrow(1, 8 * v.classes(), 2)};
}

// The gradient of probe() by the emulated kernel.
torch::Tensor emulated_gradient(const StatisticsVolumes& v, const SoftmaxStatistics& at) {
  const auto sums = at.sums.detach().clone().requires_grad_(),
             ce = at.cross_entropy.detach().clone().requires_grad_();
  probe({sums, ce}).backward();
  const auto slopes =
      torch::cat({sums.grad().flatten(1), ce.grad()}, 1).to(torch::kFloat).contiguous();
  auto out = torch::empty_like(v.logits);
  REQUIRE(emulated::seg::softmax_cuda_backward(batch_of(v), slopes.const_data_ptr<float>(),
                                               out.data_ptr(), nullptr) == nullptr);
  return out;
}

}  // namespace

TEST_CASE("The arithmetic of the CUDA softmax statistics equals the plain one in float64",
          "[softmax]") {
  for (const std::int64_t classes : {2, 3, 4, 8, 12, 16, 17, 255}) {
    const Inputs in(classes, classes == 255 ? 3
                             : classes == 3 ? 90
                                            : 11);  // 4950 voxels need a second block
    for (const auto& logits : {in.logits, in.logits.contiguous(at::MemoryFormat::ChannelsLast3d)})
      for (const auto type : {torch::kFloat, torch::kBFloat16, torch::kHalf}) {
        if (classes == 3 && type != torch::kFloat) continue;
        INFO(classes << " classes, " << type << (logits.is_contiguous() ? "" : ", channels last"));
        const StatisticsVolumes v{logits.to(type), in.labels, in.contour, in.weight};
        const auto expected =
            plain_statistics(v.logits.to(torch::kDouble), in.labels, in.contour, in.weight);
        const auto found = emulated_statistics(v);
        CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 1e-5));
        CHECK(torch::allclose(found.cross_entropy, expected.cross_entropy, 1e-6));
        const double tolerance = type == torch::kFloat ? 2e-6 : type == torch::kHalf ? 1e-3 : 6e-3;
        const auto slope = emulated_gradient(v, found);
        CHECK(slope.strides() == v.logits.strides());
        CHECK(relative_error(slope, gradient(plain_statistics, v.logits.to(torch::kDouble), in)) <
              tolerance);
      }
  }
}

TEST_CASE(
    "The CUDA softmax statistics do without contour and weight, and a label that is no class makes "
    "them NaN",
    "[softmax]") {
  const Inputs in(3);
  const auto expected = plain_statistics(in.logits.to(torch::kDouble), in.labels, {}, {});
  const auto found = emulated_statistics({in.logits, in.labels, {}, {}});
  CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 1e-5));
  CHECK(found.sums.select(1, 1).abs().max().item<double>() == 0);
  in.labels[1][0][0][0] = 3;
  const auto spoilt = emulated_statistics({in.logits, in.labels, {}, {}});
  CHECK(spoilt.cross_entropy[1].isnan().all().item<bool>());
  CHECK(spoilt.cross_entropy[0].isfinite().all().item<bool>());
  CHECK(spoilt.sums[1][0].slice(0, 1, 3).isnan().all().item<bool>());  // p^2 and p of every class:
                                                                       // what DL, SDL and GDL read
  CHECK(spoilt.sums[0].isfinite().all().item<bool>());
}

TEST_CASE("The softmax statistics on a GPU equal the processor's", "[softmax][cuda]") {
  SEG_GPU();
  for (const std::int64_t classes : {2, 4, 16, 40})
    for (const auto type : {torch::kFloat, torch::kBFloat16, torch::kHalf})
      for (const bool channels_last : {false, true}) {
        INFO(classes << " classes, " << type << (channels_last ? ", channels last" : ""));
        const Inputs in(classes, 300);
        const auto logits = in.logits
                                .contiguous(channels_last ? at::MemoryFormat::ChannelsLast3d
                                                          : at::MemoryFormat::Contiguous)
                                .to(type);
        const auto on = [](const torch::Tensor& t) {
          return t.to(torch::kCUDA, false, false, at::MemoryFormat::Preserve);
        };
        const auto run = [&](const torch::Tensor& x, const auto& place) {
          const auto leaf = x.detach().clone(at::MemoryFormat::Preserve).requires_grad_();
          const auto s =
              softmax_statistics(leaf, place(in.labels), place(in.contour), place(in.weight));
          probe(s).backward();
          return std::vector<torch::Tensor>{s.sums.detach().cpu(), s.cross_entropy.detach().cpu(),
                                            leaf.grad().cpu()};
        };
        const auto cpu = run(logits, [](const torch::Tensor&t) { return t; }),
                   gpu = run(on(logits), on), again = run(on(logits), on);
        CHECK(torch::allclose(gpu[0], cpu[0], 1e-6, 1e-5));
        CHECK(torch::allclose(gpu[1], cpu[1], 1e-6));
        CHECK(relative_error(gpu[2], cpu[2].to(torch::kDouble)) < (type == torch::kFloat  ? 2e-6
                                                                   : type == torch::kHalf ? 1e-3
                                                                                          : 6e-3));
        for (std::size_t i = 0; i < gpu.size(); ++i) CHECK(gpu[i].equal(again[i]));
      }
}
