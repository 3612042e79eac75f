#pragma once
// What every network is: a sequence of stages.
#include "models/checkpointing.h"

#include <torch/torch.h>

#include <memory>
#include <string>

namespace seg {

struct Network : torch::nn::Module {
  // image [B, C, D, H, W] -> logits [B, M, D, H, W], no softmax. Throws Error(failure) where a size
  // is not a multiple of size_multiple.
  torch::Tensor forward(const torch::Tensor& image);

  // Each of D, H, W must be a multiple of this; make_network takes it from the network's row.
  std::int64_t size_multiple = 1;
  // In training each stage keeps its inputs only and is computed again in the backward pass
  // (model.checkpointing).
  bool checkpointing = false;
  // Where set, hears of each stage when it is done.
  std::function<void(const std::string& name, const std::vector<torch::nn::Module*>& modules,
                     const torch::Tensor& output)>
      observer;

 protected:
  virtual torch::Tensor logits(const torch::Tensor& image) = 0;

  // work(inputs), a stage of its own that uses the parameters of `modules`. It changes no input in
  // place.
  torch::Tensor stage(const std::string& name, const std::vector<torch::nn::Module*>& modules,
                      const std::vector<torch::Tensor>& inputs, const Computation& work);

  // module->forward(inputs...) as a stage.
  template <class M, class... X>
  torch::Tensor stage(const std::string& name, const std::shared_ptr<M>& module,
                      const X&... inputs) {
    return stage(name, {module.get()}, {inputs...},
                 [m = module.get()](const std::vector<torch::Tensor>& in) {
                   return [&]<std::size_t... I>(std::index_sequence<I...>) {
                     return m->forward(in[I]...);
                   }
                   (std::index_sequence_for<X...>());
                 });
  }
};

}  // namespace seg
