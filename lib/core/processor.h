#pragma once
// What the processor can do, asked when the program runs: kernels compiled for an instruction set
// are called only where it is.
//
// The environment variable SEG_MAX_ISA = portable, avx2, avx512 or amx limits what is used, to see
// what a lesser processor would do; empty or unset does not. Any other value is an Error(config)
// where a kernel is first chosen. Torch and oneDNN have variables of their own, ATEN_CPU_CAPABILITY
// and ONEDNN_MAX_CPU_ISA.
#include <vector>

namespace seg {

// The sets that kernels are compiled for (seg_kernels in third_party/cmake/layers.cmake), each
// holding those before it.
enum class InstructionSet {
  portable,
  avx2,    // with FMA and F16C
  avx512,  // F, BW, DQ, VL
  amx      // its tiles of bfloat16; only what names it has a kernel for it
};

const char* name_of(InstructionSet set);

// The greatest that this processor has and SEG_MAX_ISA allows.
InstructionSet instruction_set();

// The same kernels compiled for one set; Kernels is a struct of function pointers.
template <class Kernels>
struct NamedKernels {
  const char* name;
  Kernels kernels;
};

// Those of a family that may run here, slowest first.
template <class Kernels>
std::vector<NamedKernels<Kernels>> runnable(const Kernels& portable, const Kernels& avx2,
                                            const Kernels& avx512) {
  const InstructionSet greatest = instruction_set();
  std::vector<NamedKernels<Kernels>> sets = {{name_of(InstructionSet::portable), portable}};
  if (greatest >= InstructionSet::avx2) sets.push_back({name_of(InstructionSet::avx2), avx2});
  if (greatest >= InstructionSet::avx512) sets.push_back({name_of(InstructionSet::avx512), avx512});
  return sets;
}

}  // namespace seg

// Declares, in namespace seg, what a kernel source defines as SEG_SET::...: once per set.
#define SEG_EACH_SET(declaration) \
  namespace portable {            \
  declaration;                    \
  }                               \
  namespace avx2 {                \
  declaration;                    \
  }                               \
  namespace avx512 {              \
  declaration;                    \
  }
