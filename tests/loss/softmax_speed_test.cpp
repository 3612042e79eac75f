// The softmax kernels of each instruction set against the portable ones.
#include "loss/softmax_kernel.h"
#include "support/catch.h"
#include "support/faster.h"

#include <torch/types.h>

using namespace seg;

TEST_CASE("The softmax kernels of every instruction set are faster than the portable ones",
          "[softmax][speed]") {
  SEG_SETS(all_softmax_kernels());
  constexpr std::int64_t classes = 16, voxels = 2048;
  torch::manual_seed(1);
  for (const auto type : {torch::kFloat, torch::kBFloat16, torch::kHalf})
    for (const bool channels_last : {false, true}) {
      const torch::Tensor logits = torch::randn({classes, voxels}).to(type),
                          slope = torch::empty_like(logits);
      const torch::Tensor
          labels = torch::arange(voxels).div(32, "floor").remainder(classes).to(torch::kUInt8),
          contour = torch::arange(voxels).remainder(32).lt(8).to(torch::kUInt8);
      SoftmaxChunk chunk;
      chunk.logits = logits.data_ptr();
      chunk.type = type == torch::kFloat      ? LogitType::float32
                   : type == torch::kBFloat16 ? LogitType::bfloat16
                                              : LogitType::float16;
      chunk.class_stride = channels_last ? 1 : voxels;
      chunk.voxel_stride = channels_last ? classes : 1;
      chunk.classes = classes;
      chunk.voxels = voxels;
      chunk.labels = labels.const_data_ptr<std::uint8_t>();
      chunk.contour = contour.const_data_ptr<std::uint8_t>();
      std::vector<double> sums(8 * classes + 2);
      const std::vector<float> d(8 * classes + 2, 0.3f);
      const std::string what = std::string(c10::toString(type)) + (channels_last ? ", last" : "");
      test::check_faster(what + ", forward", all_softmax_kernels(), 1.3, [&](const auto& kernels) {
        kernels.forward(chunk, sums.data(), sums.data() + 8 * classes);
      });
      test::check_faster(what + ", backward", all_softmax_kernels(), 1.3, [&](const auto& kernels) {
        kernels.backward(chunk, d.data(), d.data() + 8 * classes, slope.data_ptr());
      });
    }
}
