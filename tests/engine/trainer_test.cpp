#include "engine/trainer.h"

#include "core/error.h"
#include "engine/finite_check.h"
#include "support/errors.h"

#include <torch/torch.h>

#include <limits>

namespace seg {

TEST_CASE("the learning rate is halved at epochs 20 and 40", "[engine]") {
  const TrainingConfig config = config_from({"training.milestones=[20, 40]", "training.decay=0.5", "training.learning_rate=3e-4"}).training;
  for (std::int64_t epoch = 0; epoch < 50; ++epoch)
    CHECK(learning_rate_at(config, epoch) == Approx(epoch < 20 ? 3e-4 : epoch < 40 ? 1.5e-4 : 7.5e-5).epsilon(1e-12));
}

TEST_CASE("a loss that is no number ends the run with its step and cases", "[engine]") {
  FiniteCheck check(1.5, torch::kCPU);
  check.add(torch::tensor(0.5), 3, {"a"});
  CHECK(check.sum() == Approx(2.0));
  CHECK(check.note(4) == "loss 0.5000");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::string text = test::error_of([&] { check.add(torch::tensor(bad), 4, {"a", "b"}); }, ErrorKind::failure);
    CHECK(text.find("step 4") != std::string::npos);
    CHECK(text.find("case a, b") != std::string::npos);
  }
}

}  // namespace seg
