#pragma once
// The networks' convolution: Torch's, but for three cases under autocast to bfloat16 on a CPU.
//
// - Where it pays, Winograd's in float32 (convolution/winograd.h): 3x3x3 and 5x5x5 filters of
//   stride 1.
// - Where the volume is smaller than the filter and the weights learn: float32. There oneDNN's
//   gradient of the weights in bfloat16 is partly memory that was never written, or it writes past
//   its end. Seen with PyTorch 2.11 (oneDNN 3.10.2): 5x5x5 filters on volumes 2 to 4 deep, 3x3x3 on
//   volumes 2 deep or, with stride 2, 1 high, 7x7x7 on many small ones; nowhere where the volume
//   has the filter's size.
// - Where cpu_convolves_bfloat16() is false: float32.
#include <torch/torch.h>

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
  // On a GPU, for what adds the bias itself.
  torch::Tensor without_bias(const torch::Tensor& x);

 private:
  bool keeps_size() const;  // stride 1, no dilation, zeros around
  bool outgrows(
      const torch::Tensor& x) const;  // the filter is larger than the volume along some axis
};
TORCH_MODULE(Convolution);

}  // namespace seg
