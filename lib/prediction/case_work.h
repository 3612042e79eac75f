#pragma once
// What is done with one case, step by step: read, label, write. A step may run beside another
// case's.
#include "prediction/predict_cases.h"
#include "prep/prepared_case.h"

#include <functional>
#include <future>
#include <memory>

namespace seg {

// Why the case cannot be used, or "" where work() did it. Other errors than Error(data) go through.
std::string trouble_of(const std::function<void()>& work);

// A case ready for the network.
struct ReadCase {
  Case files;
  PreparedCase prepared = {};
  Geometry original = {};    // of the first channel's file
  std::string trouble = {};  // why it cannot be used, or ""
  double seconds = 0;
};

// A case as the network labelled it, to be written.
struct LabelledCase {
  ReadCase read;
  torch::Tensor labels = {};  // uint8 [D, H, W] on the file's grid in canonical axes
  PredictionSeconds seconds = {};
  std::unique_ptr<ScoreMaps> probabilities = {};
};

class CaseWork {
 public:
  // made_by: of the output folder, as it was made ready. Ensemble and options outlive it.
  CaseWork(const Ensemble& ensemble, const PredictionOptions& options, std::string made_by);

  bool is_finished(const std::string& id) const;
  // Of a finished case: why its label is another volume's, or "".
  std::string trouble_with_finished(const Case& c) const;

  // At once, or, where the case is large, when it is asked for.
  std::future<ReadCase> begin_reading(const Case& c) const;
  // on_share: of the case's windows, from 0 to 1. Throws Error(data) where it cannot be used.
  LabelledCase label(ReadCase read, const std::function<void(double)>& on_share);
  // The label comes last, and makes the case finished.
  void write(LabelledCase c) const;

 private:
  const Ensemble& ensemble_;
  const PredictionOptions& options_;
  std::string made_by_;
  int threads_;
  Predictor predictor_;
};

}  // namespace seg
