#include "evaluation/crop_loss.h"

#include <torch/types.h>

#include <fmt/format.h>

namespace seg {
namespace {

// By class index; what is ignored is in none of them.
std::vector<std::int64_t> voxels_of(const torch::Tensor& label, std::int64_t classes) {
  const torch::Tensor counts = torch::bincount(label.flatten(), {}, 256);
  const auto* n = counts.const_data_ptr<std::int64_t>();
  return {n, n + classes};
}

double share_of(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<CropLoss> crop_losses(const Experiment& experiment, const std::vector<Case>& cases) {
  const std::vector<std::string>& classes = experiment.dataset().labels.classes;
  std::vector<CropLoss> all(classes.size());
  std::vector<std::int64_t> lost(classes.size()), whole(classes.size());
  for (const Case& c : cases) {
    const auto before = voxels_of(experiment.cache().open_whole(c).label, experiment.classes());
    const auto after =
        voxels_of(experiment.cache().open(c, CropFor::evaluation).label, experiment.classes());
    for (std::size_t k = 1; k < classes.size(); ++k) {
      whole[k] += before[k];
      lost[k] += before[k] - after[k];
      if (before[k] == 0 || share_of(before[k] - after[k], before[k]) <= all[k].largest) continue;
      all[k].largest = share_of(before[k] - after[k], before[k]);
      all[k].largest_id = c.id;
    }
  }
  std::vector<CropLoss> losses;
  for (std::size_t k = 1; k < classes.size(); ++k)
    if (lost[k] > 0)
      losses.push_back(
          {classes[k], share_of(lost[k], whole[k]), all[k].largest, all[k].largest_id});
  return losses;
}

std::string crop_loss_text(const std::vector<CropLoss>& losses) {
  if (losses.empty()) return "prep.crop cuts off no label voxel of these cases.";
  std::string text;
  for (const CropLoss& l : losses)
    text += fmt::format("{}{} {:.2f} % ({:.2f} % in case {})", text.empty() ? "" : ", ", l.name,
                        100 * l.share, 100 * l.largest, l.largest_id);
  return "prep.crop cuts off label voxels of these cases, which no DSC in preprocessed space "
         "counts: " +
         text + ".";
}

}  // namespace seg
