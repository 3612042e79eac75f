// The losses of the sums: by a warp as by one alone, and their derivatives by finite differences.
#include "loss/loss_of_sums.h"
#include "config/loss_config.h"
#include "core/cuda_kernel.h"
#include "loss/loss_of_sums_cuda.h"
#include "support/catch.h"
#include "support/cuda_emulation.h"
#include "support/word.h"

#include <random>

namespace emulated {
namespace seg {
using namespace ::seg;
}
#include "loss/loss_of_sums_cuda.cu"
}  // namespace emulated

using namespace seg;

namespace {

// Sums as a batch could have them; class 1 is absent.
std::vector<double> random_sums(std::int64_t samples, std::int64_t classes) {
  std::mt19937 engine(7);
  std::uniform_real_distribution<double> uniform(0.1, 1);
  std::vector<double> sums;
  for (std::int64_t b = 0; b < samples; ++b) {
    for (int part = 0; part < 2; ++part)
      for (int quantity = 0; quantity < 4; ++quantity)
        for (std::int64_t j = 0; j < classes; ++j) {
          const bool absent = j == 1 && (quantity == kG || quantity == kPG);
          const double scale = quantity == kP || quantity == kG ? 100 : 40;
          sums.push_back(absent ? 0
                                : std::floor(scale * uniform(engine)) + (quantity == kG ? 0 : 0.5));
        }
    sums.push_back(30 * uniform(engine));
    sums.push_back(30 * uniform(engine));
  }
  return sums;
}

double value_of(const LossFormula& f, const std::vector<double>& sums, std::int64_t samples,
                std::int64_t classes) {
  std::vector<float> slopes(sums.size());
  return loss_of_sums(Alone(), f, {sums.data(), slopes.data(), samples, classes});
}

template <class Check>
void for_each_formula(Check check) {
  for (const std::string& name : test::words<LossName>())
    for (const bool per_sample : {false, true})
      for (const bool other : {false, true}) {
        LossConfig c;
        c.name = test::word(name);
        c.per_sample = per_sample;
        if (other) {
          c.absent = AbsentClass::skip;
          c.dice_denominator = DiceDenominator::linear;
          c.ce_reduction = per_sample ? CeReduction::mean : CeReduction::sum_over_classes;
          c.ce_background = false;
          c.contour.base = 0.25;
          c.include_background = true;
        }
        INFO(name << (per_sample ? " per sample" : "") << (other ? ", other options" : ""));
        check(formula_of(c));
      }
}

}  // namespace

TEST_CASE("A warp reckons the losses of the sums as one alone does", "[loss]") {
  for (const std::int64_t classes : {2, 16, 40, 255})
    for_each_formula([&](const LossFormula& f) {
      INFO(classes << " classes");
      const auto sums = random_sums(3, classes);
      std::vector<float> alone(sums.size(), NAN), warp(sums.size(), NAN);
      const double expected = loss_of_sums(Alone(), f, {sums.data(), alone.data(), 3, classes});
      float found = NAN;
      REQUIRE(emulated::seg::loss_of_sums_cuda(f, 3, classes, sums.data(), warp.data(), &found,
                                               nullptr) == nullptr);
      CHECK(found == Approx(expected).epsilon(1e-6));
      double worst = 0, largest = 0;
      for (std::size_t i = 0; i < sums.size(); ++i) {
        REQUIRE(std::isfinite(warp[i]));
        worst = std::max(worst, std::abs(double(warp[i]) - alone[i]));
        largest = std::max(largest, std::abs(double(alone[i])));
      }
      CHECK(worst <= 1e-6 * largest);
    });
}

TEST_CASE("The derivatives of the losses by the sums equal finite differences", "[loss]") {
  constexpr std::int64_t kSamples = 2, kClasses = 5;
  for_each_formula([&](const LossFormula& f) {
    const auto sums = random_sums(kSamples, kClasses);
    std::vector<float> slopes(sums.size());
    loss_of_sums(Alone(), f, {sums.data(), slopes.data(), kSamples, kClasses});
    const double step = 1e-4;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto within = static_cast<std::int64_t>(i) % (8 * kClasses + 2);
      if (within < 8 * kClasses && within / kClasses % 4 == kG)
        continue;  // counts of labels: given
      auto up = sums, down = sums;
      up[i] += step;
      down[i] -= step;
      const double difference =
          (value_of(f, up, kSamples, kClasses) - value_of(f, down, kSamples, kClasses)) /
          (2 * step);
      CHECK(slopes[i] == Approx(difference).epsilon(1e-4).margin(1e-8));
    }
  });
}
