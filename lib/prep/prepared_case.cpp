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

std::vector<double> lowest_values(const PreparedCase& c) {
  std::vector<double> lowest = c.minimum;
  for (std::int64_t k = 0; k < c.image.size(0) && c.minimum.empty(); ++k)
    lowest.push_back(c.image[k].min().item<double>());
  for (std::size_t k = 0; k < c.slope.size(); ++k)
    lowest[k] = c.slope[k] * lowest[k] + c.intercept[k];
  return lowest;
}

torch::Tensor padded_values(const PreparedCase& c, const torch::Tensor& part,
                            const std::vector<std::int64_t>& pads) {
  const torch::Tensor values = values_of(c, part);
  if (none(pads)) return values;
  const std::vector<double> lowest = lowest_values(c);
  std::vector<torch::Tensor> channels;
  for (std::int64_t k = 0; k < values.size(0); ++k)
    channels.push_back(
        torch::constant_pad_nd(values[k], pads, lowest[static_cast<std::size_t>(k)]));
  return torch::stack(channels);
}

torch::Tensor whole_image(const PreparedCase& c) { return padded_values(c, c.image, margins(c)); }

torch::Tensor whole_label(const PreparedCase& c) {
  return none(margins(c)) ? c.label : torch::constant_pad_nd(c.label, margins(c), kIgnore);
}

}  // namespace seg
