// Every loss against its equation written plainly on whole volumes in float64, and that against
// finite differences.
#include "loss/plain_loss.h"
#include "support/catch.h"
#include "support/word.h"

#include <torch/cuda.h>
#include <torch/utils.h>

using namespace seg;
using test::plain_loss;

namespace {

struct Sample {
  torch::Tensor logits, labels;  // float32 [2, 4, 9, 14, 17]; a thick and a thin structure, an
                                 // absent class, ignored voxels
  Sample() {
    torch::manual_seed(12);
    logits = torch::randn({2, 4, 9, 14, 17}).mul(2);
    labels = torch::zeros({2, 9, 14, 17}, torch::kUInt8);
    labels.slice(1, 1, 8).slice(2, 2, 9).slice(3, 1, 9).fill_(1);
    labels.slice(1, 4, 5).slice(3, 10, 16).fill_(2);  // one voxel thick
    labels[1].select(1, 3).fill_(255);
    labels[0].slice(0, 6, 9).slice(1, 10, 14).slice(2, 12, 17).fill_(3);
  }
};

// Value and gradient against the plain equation, and that against finite differences.
void check_against_equation(const Sample& s, const LossConfig& config) {
  const torch::Tensor x = s.logits.clone().requires_grad_(),
                      exact = s.logits.to(torch::kDouble).requires_grad_();
  const torch::Tensor found = loss(x, s.labels, config),
                      expected = plain_loss(exact, s.labels, config);
  found.backward();
  expected.backward();
  CHECK(found.item<double>() == Approx(expected.item<double>()).epsilon(1e-6));
  const double largest = exact.grad().abs().max().item<double>();
  CHECK((x.grad() - exact.grad()).abs().max().item<double>() < 3e-6 * largest);

  const torch::Tensor slope = exact.grad().flatten();
  for (std::int64_t i = 0; i < slope.numel(); i += 2111) {
    const auto at = [&](double h) {
      const torch::Tensor moved = s.logits.to(torch::kDouble).clone();
      moved.view(-1)[i] += h;
      return plain_loss(moved, s.labels, config).item<double>();
    };
    CHECK(slope[i].item<double>() ==
          Approx((at(1e-4) - at(-1e-4)) / 2e-4).margin(1e-6 * largest).epsilon(1e-5));
  }
}

}  // namespace

TEST_CASE("Every loss and its gradient equal the equation written plainly in float64", "[loss]") {
  const Sample s;
  LossConfig config;
  config.contour.iterations = 2;
  config.contour.mode = GENERATE(ContourMode::uniform, ContourMode::adaptive);
  for (const std::string& name : test::words<LossName>()) {
    config.name = test::word(name);
    INFO(name << ", " << word_of(config.contour.mode));
    check_against_equation(s, config);
  }
}

TEST_CASE("Equation 10 is read literally where the keys say so", "[loss]") {
  const Sample s;
  LossConfig config;
  config.contour.iterations = 2;
  config.contour.base = GENERATE(0.0, 0.25);
  config.alpha = 3;
  config.ce_background = GENERATE(true, false);
  config.ce_reduction = GENERATE(CeReduction::mean, CeReduction::sum_over_classes);
  for (const std::string& name : test::words<LossName>()) {
    config.name = test::word(name);
    INFO(name << ", " << config.ce_background << ", " << word_of(config.ce_reduction));
    check_against_equation(s, config);
  }
}

TEST_CASE("Every loss on a GPU equals the processor's", "[loss][cuda]") {
  SEG_GPU();
  const Sample s;
  LossConfig config;
  config.contour.iterations = 2;
  for (const std::string& name : test::words<LossName>()) {
    config.name = test::word(name);
    INFO(name);
    const torch::Tensor x = s.logits.clone().requires_grad_(), y = s.logits.cuda().requires_grad_();
    const torch::Tensor here = loss(x, s.labels, config), there = loss(y, s.labels.cuda(), config);
    here.backward();
    there.backward();
    CHECK(there.item<double>() == Approx(here.item<double>()).epsilon(1e-6));
    CHECK(torch::allclose(y.grad().cpu(), x.grad(), 1e-4,
                          1e-6 * x.grad().abs().max().item<double>()));
  }
}
