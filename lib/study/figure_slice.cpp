#include "study/figure_slice.h"

#include "config/nearest.h"
#include "core/error.h"
#include "report/picture.h"

#include <torch/types.h>

#include <algorithm>

namespace seg {

const Case& labelled_case(const Dataset& dataset, const std::string& id) {
  const auto found = std::find_if(dataset.cases.begin(), dataset.cases.end(),
                                  [&](const Case& c) { return c.id == id; });
  if (found == dataset.cases.end()) {
    std::vector<std::string_view> known;
    for (const Case& c : dataset.cases) known.push_back(c.id);
    fail_config("case {}: the data set {} has no such case; name one of its {}{}", id, dataset.name,
                known.size(), nearest_word(id, known));
  }
  if (found->label.empty())
    fail_data("case {}: has no label, so there is nothing to draw; name another case", id);
  return *found;
}

std::int64_t slice_index(const std::string& id, const torch::Tensor& label,
                         std::optional<std::int64_t> slice) {
  if (!slice) return slice_of_most_classes(label);
  if (*slice < 1 || *slice > label.size(0))
    fail_config("case {}: has no slice {}; name one of 1 to {}", id, *slice, label.size(0));
  return *slice - 1;
}

std::string slice_name(const std::string& id, const torch::Tensor& label, std::int64_t index) {
  return fmt::format("Case {}, slice {} of {}", id, index + 1, label.size(0));
}

}  // namespace seg
