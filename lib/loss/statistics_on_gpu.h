#pragma once
// softmax_statistics on a GPU, on the current stream, without a synchronisation: safe in a CUDA
// graph.
#include "loss/loss_formula.h"
#include "loss/statistics_volumes.h"

namespace seg {

// As statistics_on_cpu and gradient_on_cpu. Throw Error where the programs were built without CUDA.
torch::Tensor statistics_on_gpu(const StatisticsVolumes& v);
torch::Tensor gradient_on_gpu(const StatisticsVolumes& v, const torch::Tensor& d);

// loss_of_sums: writes slopes (float32, as the sums [B, 8 M + 2]) and value (float32, one number).
void cuda_loss_of_sums(const LossFormula& formula, const torch::Tensor& sums,
                       const torch::Tensor& slopes, const torch::Tensor& value);

}  // namespace seg
