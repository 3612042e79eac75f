#include "prediction/made_by.h"

#include "core/files.h"
#include "core/hash.h"
#include "core/json.h"
#include "data/volume_names.h"

#include <nlohmann/json.hpp>

#include <set>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

// What changes a label: the weights, how an image is prepared and slid over, what is done with the
// scores.
json made_by(const Ensemble& ensemble, const PredictionOptions& options) {
  json checkpoints = json::array();
  for (const TrainedModel& model : ensemble.models)
    checkpoints.push_back(
        {{"step", model.step},
         {"weights", hash_text(read_file(model.checkpoint / "weights.safetensors"))}});
  json settings = {{"order", word_of(options.order)},
                   {"largest_component", options.largest_component},
                   {"fill_holes", options.fill_holes}};
  for (const KeyValue& key : key_values(ensemble.config()))
    if ((key.key.starts_with("inference.") && key.affects == Affects::result) ||
        (key.key.starts_with("prep.") && key.affects == Affects::voxels) ||
        key.key == "training.patch" || key.key == "training.precision")
      settings[key.key] = key.value;
  return {{"checkpoints", checkpoints}, {"settings", settings}};
}

// "order, inference.flip": the settings that differ, or what else does.
std::string differences(const json& before, const json& now) {
  if (before.value("checkpoints", json()) != now.at("checkpoints")) return "checkpoints";
  std::string text;
  const json old = before.value("settings", json::object());
  for (const auto& [key, value] : now.at("settings").items())
    if (!old.contains(key) || old.at(key) != value) text += (text.empty() ? "" : ", ") + key;
  return text;
}

void refuse_images_in(const fs::path& output, const std::vector<Case>& cases) {
  for (const Case& c : cases)
    for (const fs::path& file : c.channels)
      if (fs::equivalent(fs::absolute(file).parent_path(), output))
        fail_config(
            "--output {}: is the folder of the image {}, which a label file could replace; choose "
            "another",
            output.string(), file.filename().string());
}

// Volumes in the folder: whether there are any of these cases, and one that is not.
struct Volumes {
  bool ours = false;
  std::string other = {};
};

Volumes volumes_in(const fs::path& output, const std::vector<Case>& cases) {
  std::set<std::string> stems;
  for (const Case& c : cases) {
    stems.insert(stem_of(label_file(output, c.id)));
    stems.insert(probabilities_of(output, c.id).filename());
  }
  Volumes found;
  for (const fs::path& file : files_of(output)) {
    const std::string stem = stem_of(file);
    if (stems.contains(stem))
      found.ours = true;
    else if (!stem.empty())
      found.other = file.filename().string();
  }
  return found;
}

void remove_predictions(const fs::path& output, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    fs::remove(label_file(output, c.id));
    for (const ScoreFiles files : {ScoreFiles::four_d, ScoreFiles::per_class}) {
      const fs::path place = score_place(probabilities_of(output, c.id), files);
      if (fs::exists(place)) remove_folder(place);
    }
  }
}

// What made the folder's predictions but not ours; "" where nothing did.
std::string made_otherwise(const fs::path& file, const json& now, const Volumes& there) {
  if (!fs::exists(file)) return there.ours ? "programs" : "";
  const json before = read_json(file, ErrorKind::failure);
  if (!before.is_object() || (before.contains("settings") && !before["settings"].is_object()))
    fail("{}: is damaged; choose another --output, or remove the folder", file.string());
  return differences(before, now);
}

}  // namespace

fs::path label_file(const fs::path& output, const std::string& id) {
  return output / (id + ".nii.gz");
}

fs::path probabilities_of(const fs::path& output, const std::string& id) {
  return output / (id + "_probabilities");
}

void prepare_output(const Ensemble& ensemble, const std::vector<Case>& cases,
                    const PredictionOptions& options) {
  const fs::path& output = options.output;
  make_folder(output);
  remove_stale_temporaries(output);
  refuse_images_in(output, cases);
  const fs::path file = output / "segpredict.json";
  const json now = made_by(ensemble, options);
  const Volumes there = volumes_in(output, cases);
  const std::string other = made_otherwise(file, now, there);
  if (!other.empty() && !options.overwrite)
    fail_config(
        "{}: holds predictions made with other {}; choose another --output, use the same, or "
        "--overwrite",
        output.string(), other);
  if (!other.empty() && !there.other.empty())
    fail_config(
        "{}: holds {}, made with other {} and none of these cases; choose another --output, or "
        "remove it",
        output.string(), there.other, other);
  if (!other.empty()) remove_predictions(output, cases);
  write_file(file, now.dump(1) + "\n");
}

}  // namespace seg
