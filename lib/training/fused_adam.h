#pragma once
#include <torch/torch.h>

namespace seg {

// One step of torch::optim::Adam by Torch's fused kernel, which reads and writes every parameter
// once and on a GPU launches once for all. The state is the optimiser's own, so checkpoints are
// what they are without it.
void fused_step(torch::optim::Adam& optimiser);

}  // namespace seg
