#pragma once
#include "config/fields.h"

namespace seg {

enum class CropCentre { volume, body, foreground };
constexpr auto words_of(CropCentre) {
  using enum CropCentre;
  return std::to_array<Word<CropCentre>>(
      {{volume, "volume"}, {body, "body"}, {foreground, "foreground"}});
}

struct CropConfig {
  Sizes size;  // D, H, W; empty: no crop
  CropCentre centre = CropCentre::volume;
  void describe(Fields& fields);
};

enum class NormaliseRegion { all, nonzero, foreground, crop };
constexpr auto words_of(NormaliseRegion) {
  using enum NormaliseRegion;
  return std::to_array<Word<NormaliseRegion>>(
      {{all, "all"}, {nonzero, "nonzero"}, {foreground, "foreground"}, {crop, "crop"}});
}

struct NormaliseConfig {
  NormaliseRegion region = NormaliseRegion::all;
  std::vector<double> clip;  // empty, or lowest and highest value
  void describe(Fields& fields);
};

enum class Interpolation { linear, bspline };
constexpr auto words_of(Interpolation) {
  using enum Interpolation;
  return std::to_array<Word<Interpolation>>({{linear, "linear"}, {bspline, "bspline"}});
}

enum class LabelInterpolation { nearest, linear_onehot };
constexpr auto words_of(LabelInterpolation) {
  using enum LabelInterpolation;
  return std::to_array<Word<LabelInterpolation>>(
      {{nearest, "nearest"}, {linear_onehot, "linear_onehot"}});
}

enum class NotFinite { error, fill };
constexpr auto words_of(NotFinite) {
  using enum NotFinite;
  return std::to_array<Word<NotFinite>>({{error, "error"}, {fill, "fill"}});
}

enum class ResampleTo { none, first };
constexpr auto words_of(ResampleTo) {
  using enum ResampleTo;
  return std::to_array<Word<ResampleTo>>({{none, "none"}, {first, "first"}});
}

enum class Storage { float32, int16 };
constexpr auto words_of(Storage) {
  using enum Storage;
  return std::to_array<Word<Storage>>({{float32, "float32"}, {int16, "int16"}});
}

// What happens to a volume once, before training: resample, z-score, crop. Section 2.4 names the
// three without an order; this one is a choice.
struct PrepConfig {
  Path cache;
  std::vector<double> spacing = {1, 1, 1};  // D, H, W in mm
  Interpolation interpolation = Interpolation::linear;
  LabelInterpolation label_interpolation = LabelInterpolation::nearest;
  NormaliseConfig normalise;
  CropConfig crop;
  NotFinite nan = NotFinite::error;
  ResampleTo resample_to = ResampleTo::none;
  Storage storage = Storage::float32;
  std::int64_t workers = 0;

  void describe(Fields& fields);
};

}  // namespace seg
