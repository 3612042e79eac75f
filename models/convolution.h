#pragma once
// The networks' convolution: Torch's, but for three cases on a CPU.
//
// - Where it pays, our own (convolution/convolution.h), unless training.convolution is `exact`.
// - Under autocast to bfloat16, where the volume is smaller than the filter and the weights learn:
//   float32. There oneDNN's gradient of the weights in bfloat16 is partly memory that was never
//   written, or it writes past its end. Seen with PyTorch 2.11 (oneDNN 3.10.2): 5x5x5 filters on
//   volumes 2 to 4 deep, 3x3x3 on volumes 2 deep or, with stride 2, 1 high, 7x7x7 on many small
//   ones; nowhere where the volume has the filter's size.
// - Under autocast to bfloat16, where cpu_convolves_bfloat16() is false: float32.
//
// In evaluation without autograd, on a CPU, what follows the convolution is part of it, and its
// filters are prepared once (convolution/evaluate.h).
#include "models/filter_cache.h"
#include "normalisation/normalise.h"

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace seg {

// Whether Torch convolves bfloat16 on this CPU by oneDNN, which needs AVX-512. Elsewhere it does so
// by itself: the gradient of the volume is summed up in bfloat16, one term per tap of the filter
// (relative error 6e-3 with 3x3x3 taps, 12e-3 with 5x5x5, where rounding the result costs 2e-3),
// and it takes many times as long as float32.
bool cpu_convolves_bfloat16();

struct ConvolutionImpl : torch::nn::Conv3dImpl {
  using Conv3dImpl::Conv3dImpl;
  // x [B, C, D, H, W] -> [B, M, ...]
  torch::Tensor forward(const torch::Tensor& x);
  // forward(the parts, one after another along the channels), which are copied together only where
  // Torch convolves.
  torch::Tensor of_parts(std::vector<torch::Tensor> parts);
  // On a GPU, for what adds the bias itself.
  torch::Tensor without_bias(const torch::Tensor& x);
  // In evaluation: after(norm(forward(the parts, one after another along the channels))) in one
  // operation, `n` without bias; undefined where there is none for it.
  torch::Tensor evaluated(at::TensorList parts, const Normalisation& n = {});
  void train(bool on = true) override;

 private:
  // By a convolution of our own; undefined where Torch's is as fast or the only one.
  torch::Tensor ours(const std::vector<torch::Tensor>& parts) const;
  // Whether stride 1, no dilation, zeros around.
  bool keeps_size() const;
  // Whether the filter is larger than the volume along some axis.
  bool outgrows(const torch::Tensor& x) const;
  std::shared_ptr<FilterCache> prepared_ = std::make_shared<FilterCache>();
};
TORCH_MODULE(Convolution);

// A transposed convolution: Torch's, but for the gradient of its bias on a CPU
// (convolution/transposed.h).
struct UpsamplingImpl : torch::nn::ConvTranspose3dImpl {
  using ConvTranspose3dImpl::ConvTranspose3dImpl;
  torch::Tensor forward(const torch::Tensor& x);

 private:
  bool is_plain() const;  // no padding, dilation or groups
};
TORCH_MODULE(Upsampling);

// For the whole process, training.convolution: exact: Torch's convolutions alone, in training and
// in evaluation; but UNETR's patches are a matrix product in evaluation on a CPU, always
// (transformer.cpp).
void set_exact_convolutions(bool exact);

// While it lives, evaluations on this thread go Torch's way, operation by operation: the reference
// of the others. With the same exception.
class PlainEvaluation {
 public:
  PlainEvaluation();
  ~PlainEvaluation();
  PlainEvaluation(const PlainEvaluation&) = delete;
  PlainEvaluation& operator=(const PlainEvaluation&) = delete;

 private:
  bool before_;
};

// Whether it is Torch's way now, on this thread.
bool evaluates_plainly();

}  // namespace seg
