#pragma once
// The networks' convolution: Torch's, but for two cases under autocast to bfloat16 on a CPU.
//
// - Where it pays, Winograd's in float32 (convolution/winograd.h): 3x3x3 and 5x5x5 filters of stride 1.
// - Where the volume is smaller than the filter, float32: there oneDNN's gradient of the weights in bfloat16 is partly memory that was
//   never written (seen with PyTorch 2.11, oneDNN 3.10.2: 5x5x5 filters at a depth or height of 2 to 4, 3x3x3 at 2 and less).
#include <torch/torch.h>

namespace seg {

struct ConvolutionImpl : torch::nn::Conv3dImpl {
  using Conv3dImpl::Conv3dImpl;
  // x [B, C, D, H, W] -> [B, M, ...]
  torch::Tensor forward(const torch::Tensor& x);

 private:
  bool keeps_size() const;                      // stride 1, no dilation, zeros around
  bool outgrows(const torch::Tensor& x) const;  // the filter is larger than the volume along some axis
};
TORCH_MODULE(Convolution);

}  // namespace seg
