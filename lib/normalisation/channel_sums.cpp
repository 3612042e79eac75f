#include "normalisation/channel_sums.h"

#include "normalisation/normalise_passes.h"
#include "normalisation/normalise_trained.h"

namespace seg {

torch::Tensor channel_sums(const torch::Tensor& x) {
  const torch::Tensor volume = is_norm_volume(x) ? x : x.contiguous();
  torch::Tensor sums = torch::zeros({x.size(1)});
  if (x.numel() > 0)
    norm_cpu_sums(norm_layout(volume, false), volume.const_data_ptr(), sums.data_ptr<float>());
  return sums;
}

}  // namespace seg
