#include "prep/preprocess.h"

#include "core/error.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "image/same_grid.h"
#include "prep/normalise.h"
#include "prep/resample.h"

#include <torch/torch.h>

namespace seg {
namespace {

void require_same_grid(const CacheCase& c, const Geometry& first, const Geometry& other, const std::filesystem::path& file) {
  const std::string difference = grid_difference(first, other);
  if (!difference.empty())
    fail_data("case {}: {} lies on another grid than {} ({}); resample one to the other", c.id, file.filename().string(),
              c.channels[0].filename().string(), difference);
}

void handle_nan(torch::Tensor& image, const PrepConfig& config, const CacheCase& c, const std::filesystem::path& file) {
  const torch::Tensor finite = image.isfinite();
  if (finite.all().item<bool>()) return;
  const std::int64_t count = finite.logical_not().sum().item<std::int64_t>();
  if (config.nan == "error")
    fail_data("case {}: {} has {} NaN or infinite voxels; mend it, or set prep.nan: fill", c.id, file.filename().string(), count);
  if (count == image.numel()) fail_data("case {}: {} has no finite voxel", c.id, file.filename().string());
  image = torch::where(finite, image, image.masked_select(finite).min());
}

// File values [D, H, W] int32 -> class indices uint8.
torch::Tensor classes_of(const torch::Tensor& values, const std::map<int, std::uint8_t>& labels, const CacheCase& c) {
  const int low = values.min().item<int>(), high = values.max().item<int>();
  const auto refuse = [&](int value) {
    std::string known;
    for (const auto& [v, unused] : labels) known += (known.empty() ? "" : ", ") + std::to_string(v);
    fail_data("case {}: the label {} has the value {}, which is not in data.labels (known: {})", c.id, c.label.filename().string(), value,
              known);
  };
  if (low < 0) refuse(low);
  if (high > 65535) refuse(high);
  std::vector<std::int32_t> table(static_cast<std::size_t>(high) + 1, -1);
  table[0] = 0;
  for (const auto& [value, index] : labels)
    if (value >= 0 && value <= high) table[static_cast<std::size_t>(value)] = index;
  const torch::Tensor mapped = torch::tensor(table, torch::kInt32).index_select(0, values.flatten()).view(values.sizes());
  const torch::Tensor unknown = mapped < 0;
  if (unknown.any().item<bool>()) refuse(values.masked_select(unknown)[0].item<int>());
  return mapped.to(torch::kUInt8);
}

}  // namespace

PreparedCase preprocess(const CacheCase& c, const PrepConfig& config, const std::map<int, std::uint8_t>& labels) {
  const std::array<double, 3> spacing = {config.spacing[2], config.spacing[1], config.spacing[0]};
  PreparedCase out{c.id, {}, {}, {}};
  Geometry first, canonical;
  std::vector<torch::Tensor> channels;
  for (const auto& file : c.channels) {
    Volume volume = read_image(file);
    if (channels.empty()) first = volume.geometry;
    require_same_grid(c, first, volume.geometry, file);
    handle_nan(volume.voxels, config, c, file);
    volume = reorient(volume, canonical_orientation(first));
    canonical = volume.geometry;
    out.geometry = resampled_grid(canonical, spacing);
    channels.push_back(z_score(resample_linear(volume.voxels, canonical, out.geometry), config.normalise,
                               fmt::format("case {}, {}", c.id, file.filename().string())));
  }
  out.image = torch::cat(channels, 0);
  if (!c.label.empty()) {
    Volume label = read_label(c.label);
    require_same_grid(c, first, label.geometry, c.label);
    label.voxels = classes_of(label.voxels, labels, c);
    out.label = resample_nearest(reorient(label, canonical_orientation(first)).voxels, canonical, out.geometry);
  }
  return out;
}

}  // namespace seg
