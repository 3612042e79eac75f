// The kernels of prep of each instruction set against the portable ones.
#include "prep/kernels.h"
#include "support/catch.h"
#include "support/faster.h"

#include <torch/types.h>

#include <cmath>

using namespace seg;

// Not the resampling, which waits for the memory and for its own last result: no set is much
// faster.
TEST_CASE("The kernels of prep of every instruction set are faster than the portable ones",
          "[prep][.speed]") {
  const auto& sets = kernels::all_sets();
  SEG_SETS(sets);
  torch::manual_seed(1);
  torch::Tensor values = torch::randn({4096});
  auto* x = values.data_ptr<float>();

  test::check_faster("shifted_sums", sets, 1.3, [&](const auto& k) {
    k.shifted_sums(x, values.numel(), -2, 2, std::nanf(""), 0.1);
  });
  test::check_faster("standardise", sets, 1.3,
                     [&](const auto& k) { k.standardise(x, values.numel(), -2, 2, 0, 1); });
}
