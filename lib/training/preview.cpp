#include "training/preview.h"

#include "contour/contour.h"
#include "core/ignore.h"
#include "loader/loader.h"

#include <torch/types.h>

#include <algorithm>

namespace seg {
namespace {

// Background, whose contour some losses read, as one class more: a picture paints what is not 0.
torch::Tensor in_colour(const torch::Tensor& label, std::int64_t classes) {
  return label.masked_fill(label == 0, std::min<std::int64_t>(classes, kIgnore - 1));
}

}  // namespace

Picture preview(const Config& config, const Experiment& experiment, std::int64_t patches) {
  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part(SplitPart::train), false);
  loader.start(0, 0);
  const std::int64_t classes = experiment.classes();
  std::vector<Picture> rows;
  while (static_cast<std::int64_t>(rows.size()) < 3 * patches) {
    auto batch = loader.next();
    if (!batch) break;
    apply_augmentation(*batch);
    const torch::Tensor contours = contour_of_loss(batch->label, classes, config.loss);
    for (std::int64_t b = 0;
         b < batch->image.size(0) && static_cast<std::int64_t>(rows.size()) < 3 * patches; ++b) {
      const torch::Tensor label = batch->label[b];
      const std::int64_t z = slice_of_most_classes(label);
      const Picture plain = slice_in_grey(batch->image[b], label, z);
      const std::int64_t k = plain.size(0) < 128 ? 3 : 1;
      rows.push_back(enlarged(plain, k));
      rows.push_back(outlined(rows.back(), axial(label, z)));
      rows.push_back(
          enlarged(painted(plain, axial(in_colour(label, classes) * contours[b], z), 0.6), k));
    }
  }
  return sheet(rows, 3);
}

}  // namespace seg
