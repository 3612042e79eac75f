#pragma once
#include "core/axes.h"
#include <torch/types.h>
namespace seg {
struct OverlayCase { torch::Tensor image, truth, prediction; Dhw<double> spacing; std::vector<std::string> classes; std::string id; };
std::string overlay_svg(const OverlayCase& c);
}
