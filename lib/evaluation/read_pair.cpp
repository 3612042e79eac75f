#include "evaluation/read_pair.h"

#include "core/error.h"
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
  if (const std::optional<int> value = unknown_value(volume.voxels, map.to_class))
    fail_data(
        "{}: holds the value {}, which the labels do not name; correct it, or name it in --labels",
        file.string(), *value);
  return {class_indices(volume.voxels, map.to_class), volume.geometry};
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

// The side, or what is wrong with it.
std::optional<Volume> side(const std::filesystem::path& file, const LabelMap& map,
                           std::string& fault) {
  try {
    return read_classes(file, map);
  } catch (const Error& e) {
    fault = e.what();
    return std::nullopt;
  }
}

// The prediction on the truth's grid; nothing where there is none, with a sentence why.
std::optional<Volume> prediction_on(const Volume& truth, const LabelFiles& files,
                                    const LabelMap& map, FolderCase& out) {
  if (files.prediction.empty()) {
    out.failure = fmt::format("case {}: there is no prediction; it counts as empty", files.id);
    return std::nullopt;
  }
  std::string fault;
  std::optional<Volume> prediction = side(files.prediction, map, fault);
  if (prediction)
    if (const std::string how = bring_to(truth, *prediction, out.reoriented); !how.empty()) {
      prediction.reset();
      fault =
          fmt::format("{}: lies on another grid than the truth ({}); resample it to the truth's",
                      files.prediction.string(), how);
    }
  if (!prediction)
    out.failure = fmt::format("case {}: the prediction counts as empty: {}", files.id, fault);
  return prediction;
}

}  // namespace

FolderCase read_pair(const LabelFiles& files, const LabelMap& map) {
  FolderCase out;
  const bool no_truth = files.truth.empty();
  std::string fault;
  const std::optional<Volume> truth = side(no_truth ? files.prediction : files.truth, map, fault);
  if (!truth) {
    out.failure = fmt::format("case {}: is left out: {}", files.id, fault);
    return out;
  }
  out.pair = {torch::zeros_like(truth->voxels), truth->voxels, truth->geometry};
  if (no_truth) {
    std::swap(out.pair.truth, out.pair.prediction);
    out.failure = fmt::format("case {}: there is no truth; it counts as empty", files.id);
  } else if (const auto prediction = prediction_on(*truth, files, map, out)) {
    out.pair.prediction = prediction->voxels;
  }
  return out;
}

}  // namespace seg
