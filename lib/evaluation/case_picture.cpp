#include "evaluation/case_picture.h"

#include "core/files.h"
#include "evaluation/folder_picture.h"
#include "report/overlay.h"

#include <torch/types.h>

namespace seg {

Picture case_picture(const PreparedCase& c, const torch::Tensor& prediction) {
  const torch::Tensor reference = whole_label(c);
  const std::int64_t z = slice_of_most_classes(reference);
  const Picture plain = slice_in_grey(whole_image(c), reference, z);
  const std::int64_t k = enlargement(plain);
  const auto over = [&](const torch::Tensor& label) {
    const torch::Tensor slice = axial(label, z);
    return outlined(enlarged(painted(plain, slice, 0.3), k), slice);
  };
  return sheet({enlarged(plain, k), over(reference), over(prediction)}, 3);
}

std::filesystem::path write_case_picture(const std::filesystem::path& run, const PreparedCase& c,
                                         const torch::Tensor& prediction) {
  make_folder(run / "pictures");
  const std::filesystem::path path = run / "pictures" / (c.id + ".png");
  write_png(path, case_picture(c, prediction));
  return path;
}

std::string overlay_of(const EvaluatedCase& c, Space space, const LabelMap& map) {
  if (space == Space::original)
    return overlay_on(view_of(c.files.id, c.pair, map), c.files.channels[0]);
  return overlay_svg({.image = whole_image(c.prepared)[0],
                      .truth = c.pair.truth,
                      .prediction = c.pair.prediction,
                      .spacing = c.pair.geometry.spacing_dhw(),
                      .classes = map.classes,
                      .id = c.files.id});
}

}  // namespace seg
