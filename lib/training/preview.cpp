#include "training/preview.h"

#include "contour/contour.h"
#include "loader/loader.h"

#include <torch/types.h>

namespace seg {

Picture preview(const Config& config, const Experiment& experiment, std::int64_t patches) {
  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part(SplitPart::train), false);
  loader.start(0, 0);
  std::vector<Picture> rows;
  while (static_cast<std::int64_t>(rows.size()) < 3 * patches) {
    auto batch = loader.next();
    if (!batch) break;
    apply_augmentation(*batch);
    const torch::Tensor contours = contour_of_loss(batch->label, experiment.classes(), config.loss);
    for (std::int64_t b = 0;
         b < batch->image.size(0) && static_cast<std::int64_t>(rows.size()) < 3 * patches; ++b) {
      const torch::Tensor label = batch->label[b];
      const std::int64_t z = slice_of_most_classes(label);
      const Picture plain = slice_in_grey(batch->image[b], label, z);
      rows.push_back(plain);
      rows.push_back(outlined(plain, axial(label, z)));
      rows.push_back(painted(plain, axial(label * contours[b], z), 0.6));
    }
  }
  return enlarged(sheet(rows, 3), rows.at(0).size(0) < 128 ? 3 : 1);
}

}  // namespace seg
