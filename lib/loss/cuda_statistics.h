#pragma once
// softmax_statistics on a GPU, on the current stream, without a synchronisation: safe in a CUDA graph.
#include "loss/statistics_volumes.h"

namespace seg {

// As cpu_forward and cpu_backward. Throw Error where the programs were built without CUDA.
torch::Tensor cuda_forward(const StatisticsVolumes& v);
torch::Tensor cuda_backward(const StatisticsVolumes& v, const torch::Tensor& d);

}  // namespace seg
