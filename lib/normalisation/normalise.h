#pragma once
// Batch and instance normalisation of volumes together with what stands around them: a
// convolution's bias and a ReLU before, an activation after. In training this is one operation of
// two passes over the volume forwards and two backwards, which keeps nothing but its input; in
// evaluation without autograd one pass (on a CPU: finish.h); elsewhere Torch's operations.
#include "normalisation/activation.h"

#include <torch/types.h>

namespace seg {

struct Normalisation {
  torch::Tensor bias;                       // [C], added first; undefined: none
  bool relu_first = false;                  // then max(., 0)
  bool instance = false;                    // mean and variance per sample, not over the batch
  torch::Tensor scale, shift;               // [C] (batch only); undefined: 1 and 0
  torch::Tensor running_mean, running_var;  // [C] (batch only): moved in training, used otherwise
  bool training = true;                     // statistics of x; else the running ones (batch only)
  double momentum = 0.1, eps = 1e-5;        // Torch's defaults
  Activation after = Activation::none;
  bool in_place = false;  // x is nobody else's: an evaluation on a CPU may change and return it
};

// x: [B, C, D, H, W], float32 or bfloat16. Returns the same shape, type and, contiguous or
// channels_last_3d, memory format. Differentiable with respect to x, bias, scale and shift. With
// relu_first and no bias x itself may be changed. Deterministic, on a CPU whatever the number of
// threads.
torch::Tensor normalise(const torch::Tensor& x, const Normalisation& n);

// The same by Torch's operations: the reference, and what normalise does where there is no kernel.
torch::Tensor plain_normalise(const torch::Tensor& x, const Normalisation& n);

}  // namespace seg
