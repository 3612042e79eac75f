#pragma once
// The DSC table of a network on cases, in preprocessed space (the paper's evaluation): sliding
// window, argmax, exact Dice.
#include "engine/compute.h"
#include "engine/experiment.h"
#include "models/registry.h"
#include "report/dsc_table.h"

#include <functional>

namespace seg {

// uint8 [D, H, W] class indices of a prepared image float32 [C, D, H, W]; the network is left in
// evaluation mode. on_share is told after each window how much of the image is done, from 0 to 1.
torch::Tensor predict(Network& network, const torch::Tensor& image, const Config& config,
                      const Compute& compute, const std::function<void(double)>& on_share = {});

// Looks at a case and its predicted labels, uint8 [D, H, W].
using Observer = std::function<void(const PreparedCase&, const torch::Tensor&)>;

// cases: with labels. The title names the part and how the regions are united. Throws
// Error(interrupted) on a stop signal.
DscTable evaluate(Network& network, const Experiment& experiment,
                  const std::vector<CacheCase>& cases, const std::string& title,
                  const Config& config, const Compute& compute, const Observer& observer = {});

// The network a configuration describes, for this data, on its device. Weights from training.seed.
std::shared_ptr<Network> network_for(const Config& config, const Experiment& experiment,
                                     const Compute& compute);
// "unet 1 -> 16, base 16": what a checkpoint must have been trained as.
std::string model_signature(const Config& config, const Experiment& experiment);

// The evaluation of a trained run, and where it was written.
struct Evaluation {
  DscTable table;
  std::string part;  // "test", or "validation" where the split has no test cases
};
// Evaluates `checkpoint` (a folder) on `part` ("": test, else validation) and writes dsc.csv and
// dsc.md into `run`.
Evaluation evaluate_run(const std::filesystem::path& run, const std::filesystem::path& checkpoint,
                        std::string part, const Config& config, const Experiment& experiment,
                        const Compute& compute, const Observer& observer = {});

}  // namespace seg
