#pragma once
// loss_of_sums on a GPU. Pointers lie in device memory; no Torch.
#include "loss/loss_formula.h"

struct CUstream_st;

namespace seg {

// sums, slopes: [samples, sums_size]; value: the loss. Returns null, or why it did not start.
const char* loss_of_sums_cuda(const LossFormula& formula, std::int64_t samples,
                              std::int64_t classes, const double* sums, float* slopes, float* value,
                              CUstream_st* stream);

}  // namespace seg
