#pragma once
// What an autograd function of our own says whose gradients have no gradients.
#include "core/error.h"

#include <torch/types.h>

namespace seg {

// First in its backward(). Throws Error(failure) where the caller asks for gradients of gradients
// (create_graph): without it they would lack this function's share, and nobody would know.
inline void differentiable_once() {
  if (torch::GradMode::is_enabled())
    fail("the gradients of segtrain's own operations have no gradients (create_graph)");
}

}  // namespace seg
