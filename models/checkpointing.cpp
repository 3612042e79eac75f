#include "models/checkpointing.h"

#include "tensor/differentiable_once.h"

#include <ATen/autocast_mode.h>

#include <mutex>

namespace seg {
namespace {

using torch::autograd::variable_list;

at::Generator generator_of(const torch::Device& device) {
  return at::globalContext().defaultGenerator(device);
}

torch::Tensor random_state(const torch::Device& device) {
  at::Generator generator = generator_of(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void set_random_state(const torch::Device& device, const torch::Tensor& state) {
  at::Generator generator = generator_of(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

// What the second computation needs beside the inputs.
struct Replay : torch::CustomClassHolder {
  Computation region;
  variable_list parameters, buffers;
  torch::Device device = torch::kCPU;
  torch::Tensor random;
  bool autocast = false;
  at::ScalarType autocast_type = at::kFloat;
};

// Autocast as `replay` has it, without its cache: a weight that the first, graphless computation
// had cast must not serve the second.
class AutocastReplay {
 public:
  explicit AutocastReplay(const Replay& replay)
      : device_(replay.device.type()),
        enabled_(at::autocast::is_autocast_enabled(device_)),
        type_(at::autocast::get_autocast_dtype(device_)),
        cached_(at::autocast::is_autocast_cache_enabled()) {
    set(replay.autocast, replay.autocast_type, false);
  }
  ~AutocastReplay() { set(enabled_, type_, cached_); }
  AutocastReplay(const AutocastReplay&) = delete;
  AutocastReplay& operator=(const AutocastReplay&) = delete;

 private:
  void set(bool enabled, at::ScalarType type, bool cached) const {
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, type);
    at::autocast::set_autocast_cache_enabled(cached);
  }
  at::DeviceType device_;
  bool enabled_;
  at::ScalarType type_;
  bool cached_;
};

variable_list copies(const variable_list& tensors) {
  variable_list out;
  for (const torch::Tensor& t : tensors) out.push_back(t.clone());
  return out;
}

struct Checkpoint : torch::autograd::Function<Checkpoint> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const c10::intrusive_ptr<Replay>& replay, at::TensorList inputs,
                               at::TensorList /*parameters: so that they get gradients*/) {
    context->save_for_backward(inputs.vec());
    context->saved_data["replay"] = at::IValue::make_capsule(replay);
    const AutocastReplay autocast(*replay);
    return replay->region(inputs.vec());
  }

  static variable_list backward(torch::autograd::AutogradContext* context,
                                const variable_list& output_gradients) {
    differentiable_once();
    const auto replay =
        c10::static_intrusive_pointer_cast<Replay>(context->saved_data["replay"].toCapsule());
    variable_list inputs, wanted;
    for (const torch::Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
      if (saved.requires_grad()) wanted.push_back(inputs.back());
    }
    for (const torch::Tensor& p : replay->parameters)
      if (p.requires_grad()) wanted.push_back(p);
    return arranged(inputs, replay->parameters,
                    gradients(*replay, inputs, wanted, output_gradients));
  }

 private:
  static variable_list gradients(const Replay& replay, const variable_list& inputs,
                                 const variable_list& wanted,
                                 const variable_list& output_gradients) {
    const variable_list buffers = copies(replay.buffers);
    const torch::Tensor random = random_state(replay.device);
    set_random_state(replay.device, replay.random);
    variable_list found;
    {
      const torch::AutoGradMode with_grad(true);
      torch::Tensor output;
      {
        const AutocastReplay autocast(replay);
        output = replay.region(inputs);
      }
      set_random_state(replay.device, random);
      found = torch::autograd::grad({output}, wanted, output_gradients, false, false,
                                    /*allow_unused=*/true);
    }
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < buffers.size(); ++i)
      torch::Tensor(replay.buffers[i]).copy_(buffers[i]);
    return found;
  }

  // One gradient per argument of forward: none for the replay, then the inputs', then the
  // parameters'.
  static variable_list arranged(const variable_list& inputs, const variable_list& parameters,
                                const variable_list& found) {
    variable_list out(1);
    std::size_t next = 0;
    for (const variable_list* list : {&inputs, &parameters})
      for (const torch::Tensor& t : *list)
        out.push_back(t.requires_grad() ? found[next++] : torch::Tensor());
    return out;
  }
};

}  // namespace

torch::Tensor checkpoint(const std::vector<torch::nn::Module*>& modules, const Computation& region,
                         const std::vector<torch::Tensor>& inputs) {
  const auto replay = c10::make_intrusive<Replay>();
  replay->region = region;
  for (torch::nn::Module* module : modules) {
    for (const torch::Tensor& p : module->parameters()) replay->parameters.push_back(p);
    for (const torch::Tensor& b : module->buffers()) replay->buffers.push_back(b);
  }
  replay->device = inputs.at(0).device();
  replay->random = random_state(replay->device);
  replay->autocast = at::autocast::is_autocast_enabled(replay->device.type());
  replay->autocast_type = at::autocast::get_autocast_dtype(replay->device.type());
  return Checkpoint::apply(replay, at::TensorList(inputs), at::TensorList(replay->parameters));
}

}  // namespace seg
