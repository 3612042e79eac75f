#pragma once
// What the processor can do, asked when the program runs: kernels compiled for an instruction set
// are called only where it is.

namespace seg {

bool has_avx2();    // with FMA and F16C
bool has_avx512();  // F, BW, DQ, VL

}  // namespace seg
