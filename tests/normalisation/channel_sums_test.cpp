#include "normalisation/channel_sums.h"

#include "support/catch.h"

#include <torch/torch.h>

namespace seg {

TEST_CASE("the sums of a volume's channels are those of float64", "[normalisation]") {
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const auto format =
      GENERATE(torch::MemoryFormat::ChannelsLast3d, torch::MemoryFormat::Contiguous);
  const auto shape = GENERATE(
      std::vector<std::int64_t>{2, 16, 5, 6, 7}, std::vector<std::int64_t>{1, 3, 1, 1, 1},
      std::vector<std::int64_t>{3, 37, 4, 3, 2}, std::vector<std::int64_t>{1, 1, 40, 40, 40},
      std::vector<std::int64_t>{0, 4, 2, 2, 2});
  torch::manual_seed(5);
  const torch::Tensor x = (torch::randn(shape) + 3).to(type).contiguous(format);
  const torch::Tensor expected = x.to(torch::kFloat64).sum({0, 2, 3, 4});
  CHECK(torch::allclose(channel_sums(x).to(torch::kFloat64), expected, 1e-6, 0));
  const torch::Tensor strided = x.transpose(3, 4);
  CHECK(torch::allclose(channel_sums(strided).to(torch::kFloat64), expected, 1e-6, 0));
}

}  // namespace seg
