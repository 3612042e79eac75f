#include "prep/crop.h"

#include "core/ignore.h"

#include <torch/types.h>

namespace seg {
namespace {

// Middle of the box around mask [D, H, W], per axis; of the volume where the mask is empty.
Dhw<double> box_centre(const torch::Tensor& mask) {
  Dhw<double> centre{};
  for (int d = 0; d < 3; ++d) {
    const torch::Tensor hit = mask.amax({(d + 1) % 3, (d + 2) % 3}).nonzero();
    centre[d] = hit.numel() == 0
                    ? static_cast<double>(mask.size(d)) / 2
                    : static_cast<double>(hit[0].item<std::int64_t>() +
                                          hit[hit.size(0) - 1].item<std::int64_t>() + 1) /
                          2;
  }
  return centre;
}

Dhw<double> body_centre(const PreparedCase& c) {
  const torch::Tensor values = values_of(c, c.image.narrow(0, 0, 1))[0];
  return box_centre(values > values.mean());
}

Dhw<double> foreground_centre(const PreparedCase& c) {
  return box_centre((c.label > 0) & (c.label < kIgnore));
}

Dhw<double> centre_of(const PreparedCase& c, CropCentre what) {
  if (what == CropCentre::body) return c.body ? *c.body : body_centre(c);
  if (what == CropCentre::foreground && c.label.defined())
    return c.foreground ? *c.foreground : foreground_centre(c);
  return {static_cast<double>(c.image.size(1)) / 2, static_cast<double>(c.image.size(2)) / 2,
          static_cast<double>(c.image.size(3)) / 2};
}

}  // namespace

void measure(PreparedCase& c) {
  c.minimum.clear();
  for (std::int64_t k = 0; k < c.image.size(0); ++k)
    c.minimum.push_back(c.image[k].min().item<double>());
  c.body = body_centre(c);
  if (c.label.defined()) c.foreground = foreground_centre(c);
}

PreparedCase crop_case(const PreparedCase& prepared, const CropConfig& config) {
  if (config.size.empty()) return prepared;
  PreparedCase out = prepared;
  const Dhw<double> centre = centre_of(prepared, config.centre);
  for (int d = 0; d < 3; ++d) {
    const std::int64_t size = prepared.image.size(d + 1), want = config.size[d].value_or(size);
    const int axis = 2 - d;
    std::int64_t start;  // of the crop, in the input; negative where it is padded
    if (want <= size) {
      start = std::clamp<std::int64_t>(
          static_cast<std::int64_t>(std::floor(centre[d] - static_cast<double>(want) / 2)), 0,
          size - want);
      out.image = out.image.narrow(d + 1, start, want);
      if (out.label.defined()) out.label = out.label.narrow(d, start, want);
    } else {
      start = -((want - size) / 2);
      out.before[d] = -start;
      out.after[d] = want - size + start;
    }
    out.geometry.size[axis] = want;
    for (int r = 0; r < 3; ++r)
      out.geometry.origin[r] += static_cast<double>(start) * prepared.geometry.spacing[axis] *
                                prepared.geometry.direction[r * 3 + axis];
  }
  return out;
}

}  // namespace seg
