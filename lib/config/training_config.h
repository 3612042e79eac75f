#pragma once
#include "config/fields.h"

namespace seg {

enum class Precision { automatic, float32, bfloat16 };
constexpr auto words_of(Precision) {
  using enum Precision;
  return std::to_array<Word<Precision>>(
      {{automatic, "auto"}, {float32, "float32"}, {bfloat16, "bfloat16"}});
}

enum class MemoryFormat { automatic, contiguous, channels_last };
constexpr auto words_of(MemoryFormat) {
  using enum MemoryFormat;
  return std::to_array<Word<MemoryFormat>>(
      {{automatic, "auto"}, {contiguous, "contiguous"}, {channels_last, "channels_last"}});
}

enum class ConvolutionChoice { automatic, exact };
constexpr auto words_of(ConvolutionChoice) {
  using enum ConvolutionChoice;
  return std::to_array<Word<ConvolutionChoice>>({{automatic, "auto"}, {exact, "exact"}});
}

struct TrainingConfig {
  std::int64_t epochs = 50;
  std::int64_t batch_size = 1;
  std::vector<std::int64_t> patch = {64, 256, 256};  // D, H, W
  double learning_rate = 3e-4;
  std::vector<std::int64_t> milestones = {20, 40};
  double decay = 0.5;
  double weight_decay = 0;
  double average = 0;
  std::int64_t seed = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t max_steps = 0;
  std::int64_t validate_every = 1;
  double checkpoint_minutes = 10;
  Precision precision = Precision::automatic;
  MemoryFormat memory_format = MemoryFormat::automatic;
  ConvolutionChoice convolution = ConvolutionChoice::automatic;
  bool tf32 = false;
  bool deterministic = false;

  void describe(Fields& fields);
};

enum class Importance { gaussian, uniform };
constexpr auto words_of(Importance) {
  using enum Importance;
  return std::to_array<Word<Importance>>({{gaussian, "gaussian"}, {uniform, "uniform"}});
}

enum class Flip { none, in_plane, all };
constexpr auto words_of(Flip) {
  using enum Flip;
  return std::to_array<Word<Flip>>({{none, "none"}, {in_plane, "in_plane"}, {all, "all"}});
}

struct InferenceConfig {
  double overlap = 0.5;
  Importance importance = Importance::gaussian;
  Flip flip = Flip::none;
  std::int64_t windows = 1;
  bool skip_empty = true;
  void describe(Fields& fields);
};

struct EvaluationConfig {
  Groups regions;
  void describe(Fields& fields);
};

enum class AugmentationDevice { cpu, cuda };
constexpr auto words_of(AugmentationDevice) {
  using enum AugmentationDevice;
  return std::to_array<Word<AugmentationDevice>>({{cpu, "cpu"}, {cuda, "cuda"}});
}

// Rotation and flip as Section 2.4 has them (about which axes is a choice), and further ones that
// are off. Ranges are [lowest, highest].
struct AugmentationConfig {
  double rotation_probability = 0.2;
  double rotation_degrees = 15;
  double flip_probability = 0.2;
  Pairs swap_labels;
  double scaling_probability = 0;
  std::vector<double> scaling = {0.7, 1.4};
  double elastic_probability = 0;
  double elastic_magnitude = 4;
  double elastic_spacing = 24;
  double noise_probability = 0;
  double noise = 0.3;
  double blur_probability = 0;
  std::vector<double> blur = {0.5, 1};
  double brightness_probability = 0;
  std::vector<double> brightness = {0.75, 1.25};
  double contrast_probability = 0;
  std::vector<double> contrast = {0.75, 1.25};
  double low_resolution_probability = 0;
  std::vector<double> low_resolution = {0.5, 1};
  double gamma_probability = 0;
  std::vector<double> gamma = {0.7, 1.5};
  AugmentationDevice device = AugmentationDevice::cpu;
  void describe(Fields& fields);
};

}  // namespace seg
