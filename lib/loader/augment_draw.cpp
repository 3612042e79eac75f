#include "config/swap_labels.h"
#include "core/error.h"
#include "loader/augment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace seg {
namespace {

void check_rising(const char* name, const std::vector<double>& range) {
  if (range[0] > range[1])
    fail_config("augmentation.{} must be [lowest, highest], not [{:g}, {:g}]", name, range[0],
                range[1]);
}

}  // namespace

Augmenter::Augmenter(const AugmentationConfig& config, const std::vector<std::string>& classes,
                     std::uint64_t seed)
    : config_(config), exchange_(exchanged_classes(config.swap_labels, classes)), seed_(seed) {
  check_rising("scaling", config.scaling);
  check_rising("blur", config.blur);
  check_rising("brightness", config.brightness);
  check_rising("contrast", config.contrast);
  check_rising("low_resolution", config.low_resolution);
  check_rising("gamma", config.gamma);
}

Augmentation Augmenter::draw(std::uint64_t epoch, std::uint64_t sample) const {
  Augmentation drawn;
  const auto stream = [&](Purpose purpose) { return Random(seed_, epoch, sample, purpose); };
  const auto factor = [&](Purpose purpose, double probability, const std::vector<double>& range,
                          double& value) {
    Random random = stream(purpose);
    if (random.chance(probability)) value = random.uniform(range[0], range[1]);
  };
  Random rotation = stream(Purpose::rotation), scaling = stream(Purpose::scaling),
         elastic = stream(Purpose::elastic), noise = stream(Purpose::noise),
         flip = stream(Purpose::flip);
  if (rotation.chance(config_.rotation_probability)) {
    const double angle = rotation.uniform(0, config_.rotation_degrees);
    drawn.degrees = rotation.chance(0.5) ? angle : -angle;
  }
  if (scaling.chance(config_.scaling_probability))
    drawn.scaling =
        std::exp(scaling.uniform(std::log(config_.scaling[0]), std::log(config_.scaling[1])));
  if (elastic.chance(config_.elastic_probability)) {
    drawn.elastic = elastic.next();
    drawn.elastic_magnitude = config_.elastic_magnitude;
    drawn.elastic_spacing = config_.elastic_spacing;
  }
  if (noise.chance(config_.noise_probability)) {
    drawn.noise = noise.uniform(0, config_.noise);
    drawn.noise_key = noise.next();
  }
  factor(Purpose::blur, config_.blur_probability, config_.blur, drawn.blur);
  factor(Purpose::brightness, config_.brightness_probability, config_.brightness, drawn.brightness);
  factor(Purpose::contrast, config_.contrast_probability, config_.contrast, drawn.contrast);
  factor(Purpose::low_resolution, config_.low_resolution_probability, config_.low_resolution,
         drawn.low_resolution);
  factor(Purpose::gamma, config_.gamma_probability, config_.gamma, drawn.gamma);
  if (flip.chance(config_.flip_probability)) drawn.flip = static_cast<int>(1 + flip.integer(2));
  if (drawn.flip == 1) drawn.exchange = exchange_;
  return drawn;
}

}  // namespace seg
