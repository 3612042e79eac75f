#include "config/prep_config.h"

namespace seg {

void CropConfig::describe(Fields& fields) {
  fields.add("size", size, Affects::result,
             "Voxels D, H, W that are kept or padded to; null keeps an axis as it is. Null for the "
             "whole: no crop.",
             three(within(1, 65536)));
  fields.add("centre", centre, Affects::result,
             "What the crop is centred on: the volume, the body (voxels above the volume's mean) "
             "or, in training, the labelled foreground, where evaluation takes the body.");
}

void NormaliseConfig::describe(Fields& fields) {
  fields.add("region", region, Affects::voxels,
             "Voxels whose mean and standard deviation make the z-score of Eq 12: all, nonzero, "
             "foreground (unlike the border's most frequent value), or crop (what evaluation keeps "
             "by prep.crop, whatever the label).");
  Rule pair;
  pair.lengths = {0, 2};
  pair.interval = true;
  fields.add(
      "clip", clip, Affects::voxels,
      "Lowest and highest intensity, e.g. [-1000, 1000], applied before the z-score; empty: none.",
      pair);
}

void PrepConfig::describe(Fields& fields) {
  fields.add(
      "cache", cache, Affects::nothing,
      "Folder of the preprocessed volumes. Empty: segtrain-cache in $XDG_CACHE_HOME or ~/.cache.");
  fields.add("spacing", spacing, Affects::voxels,
             "Voxel size D, H, W in mm that volumes are resampled to.", three({0, 1000, true}));
  fields.add("interpolation", interpolation, Affects::voxels, "Resampling of images.");
  fields.add(
      "label_interpolation", label_interpolation, Affects::voxels,
      "Resampling of labels: the nearest voxel's, or the largest of the interpolated one-hots.");
  fields.section("normalise", normalise);
  fields.section("crop", crop);
  fields.add(
      "nan", nan, Affects::voxels,
      "NaN or infinite voxels of an image: an error, or filled with the smallest finite value.");
  fields.add("resample_to", resample_to, Affects::voxels,
             "Channels or label of one case on different grids: an error (none), or resampled to "
             "the first channel's.");
  fields.add("storage", storage, Affects::voxels,
             "Voxels of the cached images: float32, or int16 with a slope (half the disk).");
  fields.add("workers", workers, Affects::nothing,
             "Threads that preprocess, one case each and more where there are fewer cases; 0: as "
             "many as there are cores.",
             within(0, 256));
}

}  // namespace seg
