#pragma once
// Which slice of a case a figure shows, and how cases are named in what is said of them.
#include "data/dataset.h"
#include "prep/prepared_case.h"

#include <cstdint>
#include <optional>
#include <string>

namespace seg {

// The case of that name. Throws Error(config) with the nearest name where the data set has none,
// Error(data) where it has no label.
const Case& labelled_case(const Dataset& dataset, const std::string& id);

// `slice`, counted from 1, from the feet, as an index of label uint8 [D, H, W]; without it the
// slice of most classes. Throws Error(config) where the case has no such slice.
std::int64_t slice_index(const std::string& id, const torch::Tensor& label,
                         std::optional<std::int64_t> slice);

// "Case amos_0004, slice 31 of 64"
std::string slice_name(const std::string& id, const torch::Tensor& label, std::int64_t index);

}  // namespace seg
