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

Dhw<double> body_centre_of(const PreparedCase& c) {
  return c.body ? *c.body : body_centre(values_of(c, c.image.narrow(0, 0, 1))[0]);
}

Dhw<double> foreground_centre(const PreparedCase& c) {
  return box_centre((c.label > 0) & (c.label < kIgnore));
}

Dhw<double> centre_of(const PreparedCase& c, CropCentre what, CropFor use) {
  if (what == CropCentre::volume)
    return {static_cast<double>(c.image.size(1)) / 2, static_cast<double>(c.image.size(2)) / 2,
            static_cast<double>(c.image.size(3)) / 2};
  if (what == CropCentre::foreground && use == CropFor::training && c.label.defined())
    return c.foreground ? *c.foreground : foreground_centre(c);
  return body_centre_of(c);
}

// What the crop keeps; an axis that it reaches beyond is kept whole.
Box kept_box(const PreparedCase& c, const CropConfig& config, CropFor use) {
  Box box{{}, {c.image.size(1), c.image.size(2), c.image.size(3)}};
  if (config.size.empty()) return box;
  const Dhw<double> centre = centre_of(c, config.centre, use);
  for (int d = 0; d < 3; ++d) {
    const std::int64_t size = box.size[d], want = std::min(size, config.size[d].value_or(size));
    const double start = std::floor(centre[d] - static_cast<double>(want) / 2);
    box.start[d] = std::clamp<std::int64_t>(static_cast<std::int64_t>(start), 0, size - want);
    box.size[d] = want;
  }
  return box;
}

}  // namespace

Dhw<double> body_centre(const torch::Tensor& channel) {
  return box_centre(channel > channel.mean());
}

void measure(PreparedCase& c) {
  c.minimum.clear();
  for (std::int64_t k = 0; k < c.image.size(0); ++k)
    c.minimum.push_back(c.image[k].min().item<double>());
  c.body = body_centre_of(c);
  if (c.label.defined()) c.foreground = foreground_centre(c);
}

Box evaluation_box(const PreparedCase& c, const CropConfig& config) {
  return kept_box(c, config, CropFor::evaluation);
}

PreparedCase crop_case(const PreparedCase& prepared, const CropConfig& config, CropFor use) {
  if (config.size.empty()) return prepared;
  PreparedCase out = prepared;
  const Box kept = kept_box(prepared, config, use);
  for (int d = 0; d < 3; ++d) {
    const std::int64_t missing = config.size[d].value_or(0) - kept.size[d];
    out.before[d] = std::max<std::int64_t>(0, missing) / 2;
    out.after[d] = std::max<std::int64_t>(0, missing) - out.before[d];
    out.image = out.image.narrow(d + 1, kept.start[d], kept.size[d]);
    if (out.label.defined()) out.label = out.label.narrow(d, kept.start[d], kept.size[d]);
    const int axis = 2 - d;
    out.geometry.size[axis] = kept.size[d] + out.before[d] + out.after[d];
    const auto start = static_cast<double>(kept.start[d] - out.before[d]);
    for (int r = 0; r < 3; ++r)
      out.geometry.origin[r] +=
          start * prepared.geometry.spacing[axis] * prepared.geometry.direction[r * 3 + axis];
  }
  return out;
}

}  // namespace seg
