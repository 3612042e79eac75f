#pragma once
#include "core/error.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

namespace seg::test {

// Whether gradients of y's gradient of x are refused.
inline bool refuses_create_graph(const torch::Tensor& y, const torch::Tensor& x) {
  try {
    torch::autograd::grad({y.square().sum()}, {x}, {}, true, true);
  } catch (const Error& e) {
    return std::string(e.what()).find("create_graph") != std::string::npos;
  }
  return false;
}

}  // namespace seg::test
