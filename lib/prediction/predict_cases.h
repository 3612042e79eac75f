#pragma once
// Volumes in, labels on their own grid out: many cases, the next one read and the last one written
// while the network works.
#include "config/choice.h"
#include "image/score_maps.h"
#include "prediction/ensemble.h"
#include "prediction/inputs.h"

#include <filesystem>
#include <optional>

namespace seg {

// What goes back to the file's grid: the scores of all classes, or the labels that won on the
// prepared grid (each voxel takes the one with the largest linearly interpolated share), which is
// less exact.
enum class WayBack { scores, labels };
constexpr auto words_of(WayBack) {
  using enum WayBack;
  return std::to_array<Word<WayBack>>({{scores, "logits"}, {labels, "labels"}});
}

constexpr auto words_of(ScoreFiles) {
  using enum ScoreFiles;
  return std::to_array<Word<ScoreFiles>>({{four_d, "4d"}, {per_class, "classes"}});
}

struct PredictionOptions {
  std::filesystem::path output;  // a folder
  WayBack order = WayBack::scores;
  std::string part = {};           // "I/N": that share of the cases alone (part_of); empty: all
  bool overwrite = false;          // finished cases, too
  bool largest_component = false;  // of each class (prediction/postprocess.h)
  bool fill_holes = false;
  std::optional<ScoreFiles> probabilities = {};  // ID_probabilities beside the labels
  // A line of JSON is appended for each case, after its label; empty: none.
  std::filesystem::path json = {};
};

struct PredictionSummary {
  std::int64_t predicted = 0, finished_before = 0;
  std::vector<BadCase> bad;  // inputs.bad and those that turned out to be so
};

// Writes output/ID.nii.gz for each case, in its own geometry and with the data set's own label
// values, after anything else of that case: where it is there, the case is finished, and is left
// out. What made a folder's predictions stands in its segpredict.json (prediction/made_by.h), and a
// folder holds one kind. A case that cannot be used is reported, and the others are done. Throws
// Error(failure) where the output cannot be written.
PredictionSummary predict_cases(const Ensemble& ensemble, const Inputs& all,
                                const PredictionOptions& options);

}  // namespace seg
