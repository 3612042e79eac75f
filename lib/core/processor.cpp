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

InstructionSet of_processor() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c())
    return InstructionSet::portable;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 ? InstructionSet::avx512 : InstructionSet::avx2;
}
#else
InstructionSet of_processor() { return InstructionSet::portable; }
#endif

InstructionSet allowed() {
  const char* value = std::getenv("SEG_MAX_ISA");
  const std::string_view wanted = value ? value : "";
  if (wanted.empty()) return InstructionSet::avx512;
  for (const auto set : {InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512})
    if (wanted == name_of(set)) return set;
  fail_config("SEG_MAX_ISA={}: there is portable, avx2 and avx512; unset it to use all", wanted);
}

}  // namespace

const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable: return "portable";
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512: return "avx512";
  }
  return "";
}

InstructionSet instruction_set() {
  static const InstructionSet set = std::min(of_processor(), allowed());
  return set;
}

}  // namespace seg
