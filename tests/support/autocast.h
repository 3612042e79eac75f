#pragma once
// Autocast on the CPU while it lives.
#include <ATen/autocast_mode.h>

namespace seg::test {

struct Autocast {
  explicit Autocast(at::ScalarType type = at::kBFloat16) {
    at::autocast::set_autocast_dtype(at::kCPU, type);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Autocast() {
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
};

}  // namespace seg::test
