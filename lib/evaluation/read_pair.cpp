#include "evaluation/read_pair.h"

#include "core/error.h"
#include "core/ignore.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "prep/class_indices.h"

#include <torch/types.h>

#include <optional>

namespace seg {
namespace {

// Class indices; Error(data) for a value that the map does not know.
Volume read_classes(const std::filesystem::path& file, const LabelMap& map) {
  Volume volume = read_label(file);
  const torch::Tensor indices = class_indices(volume.voxels, map.to_class);
  const torch::Tensor left_out = volume.voxels.masked_select(indices == kIgnore);
  const torch::Tensor counts = torch::bincount(left_out);
  const auto* n = counts.const_data_ptr<std::int64_t>();
  for (int value = 1; value < counts.size(0); ++value)
    if (n[value] > 0 && !map.to_class.contains(value))
      fail_data(
          "{}: holds the value {}, which the labels do not name; correct it, or name it in "
          "--labels",
          file.string(), value);
  return {indices, volume.geometry};
}

// A side of the pair, or why it cannot be had.
std::optional<Volume> side(const std::string& id, const char* name,
                           const std::filesystem::path& file, const LabelMap& map,
                           std::string& failure) {
  if (file.empty()) {
    failure = fmt::format("case {}: there is no {}; it counts as empty", id, name);
    return std::nullopt;
  }
  try {
    return read_classes(file, map);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    failure = fmt::format("case {}: the {} counts as empty: {}", id, name, e.what());
    return std::nullopt;
  }
}

// The prediction on the truth's grid, by permutations and flips alone; otherwise how they differ.
std::string bring_to(const Volume& truth, Volume& prediction, std::string& reoriented) {
  if (grid_difference(truth.geometry, prediction.geometry).empty()) return "";
  const Orientation wanted = canonical_orientation(truth.geometry);
  const Volume canonical = reorient(prediction, canonical_orientation(prediction.geometry));
  const std::string difference =
      grid_difference(reorient(truth.geometry, wanted), canonical.geometry);
  if (!difference.empty()) return difference;
  reoriented = orientation_name(prediction.geometry) + " to " + orientation_name(truth.geometry);
  prediction = {reorient_back(canonical.voxels, wanted).contiguous(), truth.geometry};
  return "";
}

}  // namespace

FolderCase read_pair(const LabelFiles& files, const LabelMap& map) {
  FolderCase out;
  std::string no_prediction;
  std::optional<Volume> truth = side(files.id, "truth", files.truth, map, out.failure);
  std::optional<Volume> prediction =
      side(files.id, "prediction", files.prediction, map, no_prediction);
  if (!truth && !prediction)
    fail_data("case {}: neither side can be used, so it is left out: {}; {}", files.id, out.failure,
              no_prediction);
  if (truth && prediction)
    if (const std::string how = bring_to(*truth, *prediction, out.reoriented); !how.empty()) {
      prediction.reset();
      no_prediction = fmt::format(
          "case {}: the prediction counts as empty: it lies on another grid than the truth ({}); "
          "resample it to the truth's",
          files.id, how);
    }
  if (out.failure.empty()) out.failure = no_prediction;
  out.geometry = truth ? truth->geometry : prediction->geometry;
  out.pair.spacing = out.geometry.spacing_dhw();
  out.pair.truth = truth ? truth->voxels : torch::zeros_like(prediction->voxels);
  out.pair.prediction = prediction ? prediction->voxels : torch::zeros_like(truth->voxels);
  return out;
}

}  // namespace seg
