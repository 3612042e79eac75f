#pragma once
// The files of a folder of predictions, and segpredict.json: what made the predictions of a folder.
#include "prediction/predict_cases.h"

namespace seg {

std::filesystem::path label_file(const std::filesystem::path& output, const std::string& id);
// Without the ending (image/score_maps.h).
std::filesystem::path probabilities_of(const std::filesystem::path& output, const std::string& id);

// Of a case, but for the kind that is about to be replaced.
void remove_probabilities(const std::filesystem::path& output, const std::string& id,
                          std::optional<ScoreFiles> kept = {});

// Makes the output folder ready for these cases, and writes the file into it, whose text it
// returns. Throws Error(config) where a case's images lie in the folder, and, unless
// options.overwrite, where predictions stand there that other checkpoints or settings made. With it
// those of `cases` are removed at once, so that a folder holds one kind; throws Error(config) where
// there are others besides.
std::string prepare_output(const Ensemble& ensemble, const std::vector<Case>& cases,
                           const PredictionOptions& options);

// Throws Error(failure) where another process made the folder ready for something else since.
void require_still_ours(const std::filesystem::path& output, const std::string& text);

}  // namespace seg
