#include "core/processor.h"

#include "core/error.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace seg {
namespace {

#if defined(__x86_64__)
// Clang 14's __builtin_cpu_supports does not know it.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

// The tiles and their bfloat16, and AVX-512's, which goes with them.
bool has_amx_bf16() {
  constexpr unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24, avx512_bf16 = 1u << 5;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & amx_bf16) || !(d & amx_tile)) return false;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & avx512_bf16);
}

InstructionSet of_processor() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c())
    return InstructionSet::portable;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx512) return InstructionSet::avx2;
  return has_amx_bf16() ? InstructionSet::amx : InstructionSet::avx512;
}
#else
InstructionSet of_processor() { return InstructionSet::portable; }
#endif

InstructionSet allowed() {
  const char* value = std::getenv("SEG_MAX_ISA");
  const std::string_view wanted = value ? value : "";
  if (wanted.empty()) return InstructionSet::amx;
  for (const auto set : {InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512,
                         InstructionSet::amx})
    if (wanted == name_of(set)) return set;
  fail_config("SEG_MAX_ISA={}: there is portable, avx2, avx512 and amx; unset it to use all",
              wanted);
}

}  // namespace

const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable: return "portable";
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::amx: return "amx";
  }
  return "";
}

InstructionSet instruction_set() {
  static const InstructionSet set = std::min(of_processor(), allowed());
  return set;
}

}  // namespace seg
