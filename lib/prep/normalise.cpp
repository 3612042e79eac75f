#include "prep/normalise.h"

#include "core/log.h"

#include <torch/torch.h>

namespace seg {
namespace {

// The most frequent value on the six faces of channel [D, H, W].
torch::Tensor border_value(const torch::Tensor& channel) {
  std::vector<torch::Tensor> faces;
  for (int d = 0; d < 3; ++d)
    for (const std::int64_t at : {std::int64_t{0}, channel.size(d) - 1}) faces.push_back(channel.select(d, at).flatten());
  const auto [values, inverse, counts] = torch::_unique2(torch::cat(faces), true, false, true);
  return values[counts.argmax()];
}

torch::Tensor voxels_of_region(const torch::Tensor& channel, const std::string& region) {
  if (region == "nonzero") return channel.masked_select(channel != 0);
  if (region == "foreground") return channel.masked_select(channel != border_value(channel));
  return channel;
}

}  // namespace

torch::Tensor z_score(const torch::Tensor& image, const NormaliseConfig& config, const std::string& who) {
  torch::Tensor out = config.clip.empty() ? image.clone() : image.clamp(config.clip[0], config.clip[1]);
  for (std::int64_t c = 0; c < out.size(0); ++c) {
    torch::Tensor channel = out[c];
    const torch::Tensor voxels = voxels_of_region(channel, config.region).to(torch::kFloat64);
    const double mean = voxels.numel() > 0 ? voxels.mean().item<double>() : 0;
    const double deviation = voxels.numel() > 0 ? voxels.std(/*unbiased=*/false).item<double>() : 0;
    if (deviation < 1e-12) {
      log::warn("{}: channel {} is constant (or has no voxel in prep.normalise.region); it becomes zeros", who, c + 1);
      channel.zero_();
      continue;
    }
    channel.sub_(mean).div_(deviation);
  }
  return out;
}

}  // namespace seg
