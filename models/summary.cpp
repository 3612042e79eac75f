#include "models/summary.h"

#include "models/registry.h"

#include <ATen/record_function.h>
#include <fmt/format.h>

namespace seg {
namespace {

using Storage = c10::weak_intrusive_ptr<c10::StorageImpl>;

// What the operations since the last stage did.
struct Tally {
  double linear = 0, attention = 0;  // multiply-adds
  std::vector<Storage> made;
};

struct Recorder {
  std::vector<Tally> tallies = {Tally{}};
};
thread_local Recorder* recorder = nullptr;

double product(at::IntArrayRef sizes) {
  double n = 1;
  for (const std::int64_t size : sizes) n *= static_cast<double>(size);
  return n;
}

// What the inputs of an operation say of its multiply-adds.
struct Observed : at::ObserverContext {
  double per_output = 0, fixed = 0, attention = 0;
};

// Each output value of a convolution is the sum over a kernel's worth of products; of a transposed
// one, each input value feeds as many.
std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  auto observed = std::make_unique<Observed>();
  const std::string name = function.name();
  const auto in = function.inputs();
  if (name == "aten::convolution") {
    const double kernel = product(in[1].toTensor().sizes().slice(1));
    if (in[6].toBool())
      observed->fixed = kernel * static_cast<double>(in[0].toTensor().numel());
    else
      observed->per_output = kernel;
  } else if (name == "aten::mm") {  // what a linear layer comes to
    observed->per_output = static_cast<double>(in[0].toTensor().size(1));
  } else if (name == "aten::addmm") {
    observed->per_output = static_cast<double>(in[1].toTensor().size(1));
  } else if (name == "aten::scaled_dot_product_attention") {  // q k^T, and the product with v
    observed->attention = 2 * static_cast<double>(in[0].toTensor().numel()) *
                          static_cast<double>(in[1].toTensor().size(2));
  }
  return observed;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  if (!recorder || !context) return;
  const auto& observed = static_cast<const Observed&>(*context);
  Tally& tally = recorder->tallies.back();
  tally.linear += observed.fixed;
  tally.attention += observed.attention;
  for (const c10::IValue& output : function.outputs()) {
    if (!output.isTensor()) continue;
    const at::Tensor tensor = output.toTensor();
    if (!tensor.defined() || !tensor.has_storage()) continue;
    tally.linear += observed.per_output * static_cast<double>(tensor.numel());
    tally.made.push_back(tensor.storage().getWeakStorageImpl());
  }
}

// What lives when the forward pass is over, each storage once, at the stage that made it first.
double kept_bytes(const Tally& tally, std::vector<c10::StorageImpl*>& seen) {
  double bytes = 0;
  for (const Storage& weak : tally.made) {
    const auto alive = weak.lock();
    if (!alive || std::find(seen.begin(), seen.end(), alive.get()) != seen.end()) continue;
    seen.push_back(alive.get());
    bytes += static_cast<double>(alive->nbytes());
  }
  return bytes;
}

std::string shape_text(const std::array<std::int64_t, 5>& s) {
  std::string text = fmt::format("{} x {} x {}", s[0], s[1], s[2]);
  return s[3] > 0 ? text + fmt::format(" x {} x {}", s[3], s[4]) : text;
}

}  // namespace

double Summary::training_bytes(bool bfloat16) const {
  double logits = 4;
  for (const std::int64_t size : total.output) logits *= static_cast<double>(size);
  return 16.0 * static_cast<double>(total.parameters) +
         total.activation_bytes * (bfloat16 ? 0.5 : 1) + 4 * logits;
}

Summary summarise(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
                  const Dhw<std::int64_t>& patch, std::int64_t batch) {
  const auto network = make_network(config, channels, classes, patch);
  const std::int64_t edge = 2 * network->size_multiple;
  Dhw<double> factor;
  for (int axis = 0; axis < 3; ++axis)
    factor[axis] = static_cast<double>(patch[axis]) / static_cast<double>(edge);
  const double voxels = factor[0] * factor[1] * factor[2],
               scale = voxels * static_cast<double>(batch);

  Summary summary;
  Recorder recording;
  network->observer = [&](const std::string& name, const std::vector<torch::nn::Module*>& modules,
                          const torch::Tensor& output) {
    StageCost stage{name, {batch, output.size(1), output.size(2), 0, 0}};
    if (output.dim() == 5)
      for (int axis = 0; axis < 3; ++axis)
        stage.output[axis + 2] =
            std::llround(static_cast<double>(output.size(axis + 2)) * factor[axis]);
    else
      stage.output[1] = std::llround(static_cast<double>(output.size(1)) * voxels);
    for (const torch::nn::Module* module : modules)
      for (const torch::Tensor& p : module->parameters()) stage.parameters += p.numel();
    summary.stages.push_back(stage);
    recording.tallies.emplace_back();
  };
  const auto handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(begin, end).needsInputs(true).needsOutputs(true));
  recorder = &recording;
  const torch::Tensor image = torch::zeros({1, channels, edge, edge, edge});
  const torch::Tensor logits = network->forward(image);
  recorder = nullptr;
  at::removeCallback(handle);

  std::vector<c10::StorageImpl*> seen = {image.storage().unsafeGetStorageImpl()};
  for (const torch::Tensor& p : network->parameters())
    seen.push_back(p.storage().unsafeGetStorageImpl());
  for (const torch::Tensor& b : network->buffers())
    seen.push_back(b.storage().unsafeGetStorageImpl());
  summary.total = {"total", {batch, classes, patch[0], patch[1], patch[2]}};
  for (std::size_t i = 0; i < summary.stages.size(); ++i) {
    StageCost& stage = summary.stages[i];
    const Tally& tally = recording.tallies[i];
    stage.multiply_adds = tally.linear * scale + tally.attention * scale * voxels;
    stage.activation_bytes = kept_bytes(tally, seen) * scale;
    summary.total.parameters += stage.parameters;
    summary.total.multiply_adds += stage.multiply_adds;
    summary.total.activation_bytes += stage.activation_bytes;
  }
  return summary;
}

std::string summary_text(const Summary& summary, bool bfloat16, double memory,
                         const std::string& where, double margin) {
  constexpr double mib = 1048576, giga = 1e9;
  std::string text = fmt::format("{:<22} {:<26} {:>12} {:>14} {:>16}\n", "stage", "output",
                                 "parameters", "multiply-adds", "activations");
  const auto line = [&](const StageCost& s) {
    text += fmt::format("{:<22} {:<26} {:>12} {:>12.2f} G {:>12.1f} MiB\n", s.name,
                        shape_text(s.output), s.parameters, s.multiply_adds / giga,
                        s.activation_bytes * (bfloat16 ? 0.5 : 1) / mib);
  };
  for (const StageCost& stage : summary.stages) line(stage);
  line(summary.total);
  const double needed = summary.training_bytes(bfloat16);
  const bool fits = needed * margin < memory;
  text += fmt::format(
      "A training step takes about {:.1f} GiB (an estimate, without working memory{}): it {} the "
      "{:.1f} GiB of {}{}.\n",
      needed / mib / 1024, margin > 1 ? fmt::format("; up to {:g} times that in all", margin) : "",
      fits ? "fits in" : "does not fit in", memory / mib / 1024, where,
      fits ? "" : "; model.checkpointing: true or a smaller training.patch takes less");
  return text;
}

}  // namespace seg
