#pragma once
// Convolutions of a network in evaluation mode, without autograd, on a CPU: their filters prepared
// once but for wide layers', their input in parts that need not be copied together, and what
// follows them (normalisation/finish.h), the epilogue, done before the output leaves the registers.
#include "normalisation/finish.h"

#include <torch/types.h>

#include <vector>

namespace seg {

// direct: the definition in float32, for few input channels. winograd6, winograd8: in float32, with
// so many points (winograd.h). amx: bfloat16 products summed in float32. none: Torch's is as good
// or the only one.
enum class Way { none, direct, winograd6, winograd8, amx };

// What pays for a convolution of stride 1 with zeros around, r / 2 on each side. parts: [B, C_i, D,
// H, W], float32 or bfloat16; weight: [M, sum of C_i, r, r, r] float32. bfloat16: the factors may
// be rounded to it.
Way way_of(at::TensorList parts, const torch::Tensor& weight, bool bfloat16);

// Whether `way` can do it at all here.
bool can_evaluate(Way way, at::TensorList parts, const torch::Tensor& weight);

// The filters as `way` reads them. Throws Error(failure) where it has none for them here.
torch::Tensor prepared_filters(Way way, const torch::Tensor& weight);

// Whether they are worth the memory from one forward pass to the next: Winograd's take 8 to 19
// times that of 3x3x3 taps, and transforming wide layers' anew costs little beside convolving.
bool keeps_filters(Way way, const torch::Tensor& weight);

// finish(the parts, one after another along the channels, convolved with the prepared filters of
// weight) [B, M, D, H, W], channels_last_3d, of `type`: float32, or bfloat16, which amx always
// gives. Throws Error(failure) where can_evaluate() is false, and for another type.
torch::Tensor evaluate(Way way, at::TensorList parts, const torch::Tensor& weight,
                       const torch::Tensor& filters, const Finish& finish, torch::ScalarType type);

}  // namespace seg
