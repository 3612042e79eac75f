#pragma once

namespace seg {

// max(u, 0); u or 0.01 u; u or exp(u) - 1.
enum class Activation { none, relu, leaky_relu, elu };

}  // namespace seg
