#include "evaluation/folder_picture.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/volume_names.h"
#include "evaluation/folder_pairs.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "report/overlay.h"

#include <torch/types.h>

namespace seg {
namespace fs = std::filesystem;
namespace {

torch::Tensor black(const torch::Tensor& label) {
  return torch::zeros({1, 1, 1}).expand(label.sizes());
}

// float32 [D, H, W] on the view's grid.
torch::Tensor image_on(const fs::path& file, const FolderView& view) {
  try {
    Volume image = read_image(file);
    image = reorient(image, canonical_orientation(image.geometry));
    const std::string how = grid_difference(view.truth.geometry, image.geometry);
    if (how.empty()) return image.voxels[0];
    log::warn("case {}: {} lies on another grid than the labels ({}); it is not drawn", view.id,
              file.string(), how);
  } catch (const Error& e) {
    log::warn("case {}: the image is not drawn: {}", view.id, e.what());
  }
  return black(view.truth.voxels);
}

}  // namespace

FolderPictures::FolderPictures(const fs::path& images) {
  if (images.empty()) return;
  for (const auto& [name, file] : volumes_in(images, "--images")) {
    const auto numbered = numbered_name(name);
    images_.emplace(numbered && numbered->number == 0 ? numbered->name : name, file);
  }
}

std::string FolderPictures::overlay_of(const FolderView& view) const {
  const auto file = images_.find(view.id);
  if (file == images_.end() && !images_.empty())
    log::warn("case {}: --images has no image of it", view.id);
  return overlay_on(view, file == images_.end() ? fs::path() : file->second);
}

std::string overlay_on(const FolderView& view, const fs::path& image) {
  return overlay_svg({.image = image.empty() ? black(view.truth.voxels) : image_on(image, view),
                      .truth = view.truth.voxels,
                      .prediction = view.prediction,
                      .spacing = view.truth.geometry.spacing_dhw(),
                      .classes = view.classes,
                      .id = view.id});
}

void write_overlay(const fs::path& folder, const std::string& id, const std::string& svg) {
  make_folder(folder / "pictures");
  write_file(folder / "pictures" / (id + ".svg"), svg);
}

}  // namespace seg
