#pragma once
// A Normalisation by its running statistics as a Finish.
#include "normalisation/finish.h"
#include "normalisation/normalise.h"

#include <vector>

namespace seg {

// Whether a Finish can say it: on a CPU, in evaluation, without autograd, parameters in float32.
bool is_finish(const Normalisation& n);

// The numbers of a Finish for `channels` channels, as they are now. `finish` points into it.
struct FinishNumbers {
  FinishNumbers(const Normalisation& n, std::int64_t channels);
  FinishNumbers(const FinishNumbers&) = delete;
  FinishNumbers& operator=(const FinishNumbers&) = delete;

  std::vector<float> values;
  Finish finish;
};

// finish(x), x [B, C, D, H, W] float32 or bfloat16 on a CPU, contiguous or channels_last_3d; in
// place: x itself is changed and returned.
torch::Tensor finished(const torch::Tensor& x, const Finish& finish, bool in_place,
                       const FinishKernels& kernels = all_finish_kernels().back().kernels);

}  // namespace seg
