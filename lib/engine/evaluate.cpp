#include "engine/evaluate.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/progress.h"
#include "engine/checkpoint.h"
#include "engine/sliding_window.h"

namespace seg {
namespace {

Size3 window_of(const Config& config) {
  const auto& p = config.training.patch;
  return {p[0], p[1], p[2]};
}

std::string regions_text(const std::vector<Region>& regions,
                         const std::vector<std::string>& classes) {
  std::string text;
  for (const Region& region : regions) {
    if (region.classes.size() == 1 && classes[region.classes[0]] == region.name) continue;
    std::string members;
    for (const std::int64_t c : region.classes)
      members += (members.empty() ? "" : " + ") + classes[c];
    text += ", " + region.name + " = " + members;
  }
  return text;
}

}  // namespace

torch::Tensor predict(Network& network, const torch::Tensor& image, const Config& config,
                      const Compute& compute, const std::function<void(double)>& on_share) {
  network.eval();
  torch::InferenceMode inference;
  const Size3 size = {image.size(1), image.size(2), image.size(3)};
  const auto windows =
      static_cast<double>(window_count(size, window_of(config), config.inference.overlap));
  double done = 0;
  return slide_labels(image.to(compute.device), window_of(config), config.inference,
                      [&](const torch::Tensor& patch) {
                        const AutocastScope autocast(compute);
                        const torch::Tensor logits = network.forward(place(patch, compute));
                        if (on_share) on_share(++done / windows);
                        return logits;
                      });
}

DscTable evaluate(Network& network, const Experiment& experiment,
                  const std::vector<CacheCase>& cases, const std::string& title,
                  const Config& config, const Compute& compute, const Observer& observer) {
  DscTable table{title + regions_text(experiment.regions(), experiment.dataset().labels.classes),
                 experiment.regions(),
                 {}};
  Progress progress("evaluating", "cases", static_cast<std::int64_t>(cases.size()));
  const auto on_share = [&](double share) { progress.within(share); };
  for (const CacheCase& c : cases) {
    const PreparedCase prepared = experiment.cache().open(c);
    if (!prepared.label.defined())
      fail_data("case {}: has no label, so it cannot be evaluated; remove it from the split", c.id);
    const torch::Tensor labels = predict(network, whole_image(prepared), config, compute, on_share);
    table.cases.push_back({c.id, dice_counts(labels, whole_label(prepared), experiment.regions())});
    if (observer) observer(prepared, labels);
    progress.advance();
  }
  return table;
}

std::shared_ptr<Network> network_for(const Config& config, const Experiment& experiment,
                                     const Compute& compute) {
  torch::manual_seed(static_cast<std::uint64_t>(config.training.seed));
  auto network =
      make_network(config.model, experiment.channels(), experiment.classes(), window_of(config));
  place(*network, compute);
  return network;
}

std::string model_signature(const Config& config, const Experiment& experiment) {
  return signature_of(config.model, experiment.channels(), experiment.classes());
}

Evaluation evaluate_run(const std::filesystem::path& run, const std::filesystem::path& checkpoint,
                        std::string part, const Config& config, const Experiment& experiment,
                        const Compute& compute, const Observer& observer) {
  if (part.empty()) {
    part = experiment.ids("test").empty() ? "validation" : "test";
    if (part == "validation")
      log::warn(
          "the split has no test cases: the table is of the validation cases, which also selected "
          "the model");
  }
  if (experiment.ids(part).empty())
    fail_data(
        "the split has no {} cases, so there is nothing to evaluate; choose another part or split",
        part);
  const auto network = network_for(config, experiment, compute);
  load_weights(checkpoint, model_signature(config, experiment), *network);
  const std::int64_t step = load_state(checkpoint).step;
  const std::string title = fmt::format("{}, {}, step {}", part, config.loss.name, step);
  Evaluation evaluation{
      evaluate(*network, experiment, experiment.part(part), title, config, compute, observer),
      part};
  write_csv(evaluation.table, run / "dsc.csv");
  write_file(run / "dsc.md", markdown(evaluation.table));
  return evaluation;
}

}  // namespace seg
