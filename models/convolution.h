#pragma once
// The networks' convolution: Torch's, but for two cases under autocast to bfloat16 on a CPU.
//
// - Where it pays, Winograd's in float32 (convolution/winograd.h): 3x3x3 and 5x5x5 filters of
// stride 1.
// - Where the volume is smaller than the filter and the weights learn: float32. There oneDNN's
// gradient of the weights in bfloat16 is partly memory
//   that was never written, or it writes past its end. Seen with PyTorch 2.11 (oneDNN 3.10.2):
//   5x5x5 filters on volumes 2 to 4 deep, 3x3x3 on volumes 2 deep or, with stride 2, 1 high, 7x7x7
//   on many small ones; nowhere where the volume has the filter's size.
#include <torch/torch.h>

namespace seg {

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
