#include "prediction/made_by.h"

#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/hash.h"
#include "data/volume_names.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <set>
#include <thread>

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
    if (changes_labels(key)) settings[key.key] = key.value;
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
  std::error_code ignored;
  for (const Case& c : cases)
    for (const fs::path& file : c.channels) {
      const fs::path folder = fs::absolute(file).parent_path();
      const bool in_case_folder = folder.filename() == c.id;
      if (fs::equivalent(folder, output, ignored) ||
          (in_case_folder && fs::equivalent(folder.parent_path(), output, ignored)))
        fail_config(
            "--output {}: is the folder of the image {}, where labels would be taken for images; "
            "choose another",
            output.string(), file.filename().string());
    }
}

void refuse_one_name(const fs::path& output, const std::vector<Case>& cases) {
  std::set<std::string> ids;
  for (const Case& c : cases) ids.insert(c.id);
  for (const std::string& id : ids)
    if (const std::string other = probabilities_of(output, id).filename(); ids.contains(other))
      fail_config(
          "--probabilities: those of case {} and the labels of case {} would be one file; predict "
          "the cases apart",
          id, other);
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

// What made the folder's predictions but not ours; "" where nothing did.
std::string made_otherwise(const fs::path& file, const json& now, const Volumes& there) {
  if (!fs::exists(file)) return there.ours ? "programs" : "";
  const json before = json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  const bool whole =
      before.is_object() && before.contains("settings") && before["settings"].is_object();
  return whole ? differences(before, now) : "programs (segpredict.json is damaged)";
}

// Looking, removing and writing are one step: a process that does so waits for another.
std::unique_ptr<FolderLock> lock_of(const fs::path& output) {
  constexpr int most_tries = 200;
  for (int i = 0;; ++i) try {
      return std::make_unique<FolderLock>(output);
    } catch (const Error&) {
      if (i == most_tries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace

fs::path label_file(const fs::path& output, const std::string& id) {
  return output / (id + ".nii.gz");
}

void remove_probabilities(const fs::path& output, const std::string& id,
                          std::optional<ScoreFiles> kept) {
  for (const ScoreFiles files : {ScoreFiles::four_d, ScoreFiles::per_class}) {
    const fs::path place = score_place(probabilities_of(output, id), files);
    if (kept != files && fs::exists(place)) remove_folder(place);
  }
}

fs::path probabilities_of(const fs::path& output, const std::string& id) {
  return output / (id + "_probabilities");
}

std::string prepare_output(const Ensemble& ensemble, const std::vector<Case>& cases,
                           const PredictionOptions& options) {
  const fs::path& output = options.output;
  make_folder(output);
  const auto lock = lock_of(output);
  remove_stale_temporaries(output);
  refuse_images_in(output, cases);
  if (options.probabilities) refuse_one_name(output, cases);
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
  if (!other.empty())
    for (const Case& c : cases) {
      fs::remove(label_file(output, c.id));  // first: the case is not finished then
      remove_probabilities(output, c.id);
    }
  const std::string text = now.dump(1) + "\n";
  write_file(file, text);
  return text;
}

void require_still_ours(const fs::path& output, const std::string& text) {
  if (read_file(output / "segpredict.json") != text)
    fail(
        "{}: another process predicts there with other checkpoints or settings now; choose "
        "another --output",
        output.string());
}

}  // namespace seg
