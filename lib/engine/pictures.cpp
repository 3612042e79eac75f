#include "engine/pictures.h"

#include "contour/contour.h"
#include "core/files.h"
#include "data/loader.h"

#include <torch/torch.h>

namespace seg {
namespace {

// The slice in grey; black and white lie a little outside what the labelled voxels (all, where
// there are none) have of values.
Picture slice_in_grey(const torch::Tensor& image, const torch::Tensor& label, std::int64_t z) {
  const torch::Tensor slice = axial(image, z)[0].contiguous(), classes = axial(label, z);
  torch::Tensor values = slice.masked_select((classes > 0) & (classes < 255));
  if (values.numel() < 100) values = slice.flatten();
  values = std::get<0>(values.sort());
  const std::int64_t last = values.numel() - 1;
  const double low = values[last / 50].item<double>(),
               high = values[last - last / 50].item<double>();
  return grey(slice, low - 0.5 * (high - low), high + 0.25 * (high - low));
}

// Times that every pixel is drawn, for a few hundred pixels a side whatever the spacing.
std::int64_t enlargement(const Picture& picture) {
  const std::int64_t side = std::max(picture.size(0), picture.size(1));
  return std::clamp<std::int64_t>(360 / side, 1, 6);
}

}  // namespace

Picture case_picture(const PreparedCase& c, const torch::Tensor& prediction) {
  const torch::Tensor reference = whole_label(c);
  const std::int64_t z = telling_slice(reference);
  const Picture plain = slice_in_grey(whole_image(c), reference, z);
  const auto over = [&](const torch::Tensor& label) {
    const torch::Tensor slice = axial(label, z);
    return outlined(painted(plain, slice, 0.35), slice);
  };
  return enlarged(sheet({plain, over(reference), over(prediction)}, 3), enlargement(plain));
}

std::filesystem::path write_case_picture(const std::filesystem::path& run, const PreparedCase& c,
                                         const torch::Tensor& prediction) {
  make_folder(run / "pictures");
  const std::filesystem::path path = run / "pictures" / (c.id + ".png");
  write_png(path, case_picture(c, prediction));
  return path;
}

Picture preview(const Config& config, const Experiment& experiment, std::int64_t patches) {
  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part("train"), false);
  loader.start(0, 0);
  std::vector<Picture> rows;
  while (static_cast<std::int64_t>(rows.size()) < 3 * patches) {
    auto batch = loader.next();
    if (!batch) break;
    apply_augmentation(*batch);
    const torch::Tensor contours =
        contour_map(batch->label, experiment.classes(), config.loss.contour);
    for (std::int64_t b = 0;
         b < batch->image.size(0) && static_cast<std::int64_t>(rows.size()) < 3 * patches; ++b) {
      const torch::Tensor label = batch->label[b];
      const std::int64_t z = telling_slice(label);
      const Picture plain = slice_in_grey(batch->image[b], label, z);
      rows.push_back(plain);
      rows.push_back(outlined(plain, axial(label, z)));
      rows.push_back(painted(plain, axial(label * contours[b], z), 0.6));
    }
  }
  return enlarged(sheet(rows, 3), rows.at(0).size(0) < 128 ? 3 : 1);
}

}  // namespace seg
