#!/bin/sh
# tests/processors.sh SEGTESTS: the tests of kernels and networks as lesser processors would run
# them, as far as this one has their instructions. Our kernels are limited by SEG_MAX_ISA, PyTorch's
# by ATEN_CPU_CAPABILITY, oneDNN's by ONEDNN_MAX_CPU_ISA. Their speeds are make test-speed's matter.
# Closes with a line per processor.
tests=
for tag in softmax loss contour distance prep convolution normalisation \
  pooling models inference run evaluation training; do
  tests="$tests${tests:+,}[$tag]~[speed]"
done
summary=
status=0

# as NAME SEG_MAX_ISA ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA
as() {
  echo "== $1: SEG_MAX_ISA=$2 ATEN_CPU_CAPABILITY=$3 ONEDNN_MAX_CPU_ISA=$4"
  log=$(mktemp)
  {
    SEG_MAX_ISA=$2 ATEN_CPU_CAPABILITY=$3 ONEDNN_MAX_CPU_ISA=$4 "$segtests" "$tests" 2>&1
    echo "exit $?"
  } | tee "$log"
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
  tail -n 1 "$log" | grep -qx 'exit 0' || status=1
  rm -f "$log"
  [ -n "$counts" ] || { counts='ended before its last test'; status=1; }
  summary="$summary$1: $counts
"
}

segtests=$1
has() { grep -qw "$1" /proc/cpuinfo; }

as portable portable default SSE41
if has avx2 && has fma; then as avx2 avx2 avx2 AVX2; fi
if has avx512f && has avx512vl; then as avx512 avx512 avx512 AVX512_CORE; fi
if has avx512_bf16; then as avx512_bf16 avx512 avx512 AVX512_CORE_BF16; fi
printf '%s' "$summary"
exit $status
