#include "models/network.h"

#include "core/error.h"

namespace seg {

torch::Tensor Network::forward(const torch::Tensor& image) {
  for (int axis = 2; axis < 5; ++axis)
    if (image.size(axis) % size_multiple != 0)
      fail(
          "the network was given {} x {} x {} voxels, but each size must be a multiple of {}; pad "
          "the volume",
          image.size(2), image.size(3), image.size(4), size_multiple);
  return logits(image);
}

torch::Tensor Network::stage(const std::string& name,
                             const std::vector<torch::nn::Module*>& modules,
                             const std::vector<torch::Tensor>& inputs, const Computation& work) {
  const bool save = checkpointing && is_training() && torch::GradMode::is_enabled();
  const torch::Tensor output = save ? checkpoint(modules, work, inputs) : work(inputs);
  if (observer) observer(name, modules, output);
  return output;
}

}  // namespace seg
