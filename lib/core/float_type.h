#pragma once

namespace seg {

// The floating-point types that kernels read and write; their arithmetic is float32 or better.
enum class FloatType { float32, bfloat16, float16 };

}  // namespace seg
