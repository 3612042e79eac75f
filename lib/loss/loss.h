#pragma once
// The eight losses of the paper's tables, GDL, DWCE, CEDL, CWCD and the ablations CE, CWCE, DL and
// SDL, and that of its authors' public code.
#include "config/loss_config.h"

#include <torch/types.h>

namespace seg {

// Throws Error(config) where the options exclude each other. Called once, before training.
void check(const LossConfig& config, std::int64_t classes);

// logits: float32, bfloat16 or float16 [B, M, D, H, W]; labels: uint8 [B, D, H, W], class indices,
// 255 = ignore; both on one device. Returns the scalar loss (float32), differentiable with respect
// to the logits. Contours and distances are computed from `labels`.
torch::Tensor loss(const torch::Tensor& logits, const torch::Tensor& labels,
                   const LossConfig& config);

}  // namespace seg
