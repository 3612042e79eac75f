#include "prep/prepared_case.h"

#include "core/ignore.h"

#include <torch/types.h>

namespace seg {
namespace {

std::vector<std::int64_t> margins(const PreparedCase& c) {
  return {c.before[2], c.after[2], c.before[1], c.after[1], c.before[0], c.after[0]};
}

bool none(const std::vector<std::int64_t>& pads) {
  return std::all_of(pads.begin(), pads.end(), [](std::int64_t n) { return n == 0; });
}

}  // namespace

torch::Tensor values_of(const PreparedCase& c, const torch::Tensor& part) {
  if (c.slope.empty()) return part;
  torch::Tensor values = part.to(torch::kFloat32).contiguous();
  for (std::int64_t k = 0; k < values.size(0); ++k)
    values[k]
        .mul_(c.slope[static_cast<std::size_t>(k)])
        .add_(c.intercept[static_cast<std::size_t>(k)]);
  return values;
}

torch::Tensor padded_values(const PreparedCase& c, const torch::Tensor& part,
                            const std::vector<std::int64_t>& pads) {
  const torch::Tensor values = values_of(c, part);
  if (none(pads)) return values;
  std::vector<torch::Tensor> channels;
  for (std::int64_t k = 0; k < values.size(0); ++k) {
    const auto i = static_cast<std::size_t>(k);
    double lowest = c.minimum.empty() ? c.image[k].min().item<double>() : c.minimum[i];
    if (!c.slope.empty()) lowest = c.slope[i] * lowest + c.intercept[i];
    channels.push_back(torch::constant_pad_nd(values[k], pads, lowest));
  }
  return torch::stack(channels);
}

torch::Tensor whole_image(const PreparedCase& c) { return padded_values(c, c.image, margins(c)); }

torch::Tensor whole_label(const PreparedCase& c) {
  return none(margins(c)) ? c.label : torch::constant_pad_nd(c.label, margins(c), kIgnore);
}

}  // namespace seg
