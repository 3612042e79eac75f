#pragma once
#include "image/geometry.h"

#include <string>

namespace seg {

// What differs between two grids by more than 1e-3 mm (sizes, spacing over the whole extent,
// origin) or 1e-4 (direction), in words; "" where nothing does.
std::string grid_difference(const Geometry& a, const Geometry& b);

// "RAS", "LPS" ...: the patient direction that each file axis runs towards.
std::string orientation_name(const Geometry& geometry);

}  // namespace seg
