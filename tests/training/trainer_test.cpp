#include "training/trainer.h"

#include "core/error.h"
#include "support/errors.h"
#include "training/checks.h"
#include "training/running_loss.h"
#include "training/schedule.h"

#include <torch/torch.h>

#include <limits>

namespace seg {

TEST_CASE("the learning rate is halved at epochs 20 and 40", "[training]") {
  const TrainingConfig config = config_from({"training.milestones=[20, 40]", "training.decay=0.5",
                                             "training.learning_rate=3e-4"})
                                    .training;
  for (std::int64_t epoch = 0; epoch < 50; ++epoch)
    CHECK(learning_rate_at(config, epoch) == Approx(epoch < 20   ? 3e-4
                                                    : epoch < 40 ? 1.5e-4
                                                                 : 7.5e-5)
                                                 .epsilon(1e-12));
}

TEST_CASE("a network without deterministic gradients is refused on a GPU alone", "[training]") {
  Compute compute;
  compute.deterministic = true;
  ModelConfig deeplab, unet;
  deeplab.name = NetworkName::deeplabv3;
  CHECK_NOTHROW(check_determinism(deeplab, compute));
  compute.device = torch::Device(torch::kCUDA, 0);
  CHECK_NOTHROW(check_determinism(unet, compute));
  const std::string text =
      test::error_of([&] { check_determinism(deeplab, compute); }, ErrorKind::config);
  CHECK(text.find("training.deterministic") != std::string::npos);
  CHECK(text.find("deeplabv3") != std::string::npos);
  compute.deterministic = false;
  CHECK_NOTHROW(check_determinism(deeplab, compute));
}

TEST_CASE("a loss that is no number ends the run with its step and cases", "[training]") {
  RunningLoss check(1.5, torch::kCPU);
  check.add(torch::tensor(0.5), 3, {"a"});
  CHECK(check.sum() == Approx(2.0));
  CHECK(check.note(4) == "loss 0.5000");
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::string text = test::error_of(
        [&] {
          check.add(torch::tensor(bad), 4, {"a", "b"});
        },
        ErrorKind::failure);
    CHECK(text.find("step 4") != std::string::npos);
    CHECK(text.find("case a, b") != std::string::npos);
  }
}

TEST_CASE("on a GPU losses are read every 20 steps, and the first bad one is named", "[training]") {
  RunningLoss check(0, torch::Device(torch::kCUDA, 0));  // the losses themselves may lie anywhere
  const auto add = [&](double value, std::int64_t step) {
    check.add(torch::tensor(value), step, {"case_" + std::to_string(step)});
  };
  for (std::int64_t step = 1; step < 20; ++step) add(0.25, step);
  CHECK(check.note(19).empty());
  add(0.25, 20);
  CHECK(check.note(20) == "loss 0.2500");
  add(0.5, 21);
  CHECK(check.sum() == Approx(5.5));
  for (std::int64_t step = 22; step < 41; ++step) add(step == 24 || step == 30 ? NAN : 0.25, step);
  const std::string text = test::error_of([&] { add(0.25, 41); }, ErrorKind::failure);
  CHECK(text.find("step 24") != std::string::npos);
  CHECK(text.find("case_24") != std::string::npos);
}

}  // namespace seg
