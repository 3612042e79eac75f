#!/usr/bin/env bash
# fuzz.sh BUILD [TARGET ...]: Clang's libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer
# on the targets of this folder (NAME.cpp), or on those named, in BUILD-fuzz, for FUZZ_SECONDS (600)
# each. BUILD-fuzz/corpus keeps what was found worth keeping, for the next time; an input that is a
# finding lies in BUILD-fuzz/findings, and the same program run with it shows it again.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1-fuzz
shift
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(basename -s .cpp tests/fuzz/*.cpp)
seconds=${FUZZ_SECONDS:-600}

here=$PWD/tests/sanitizers
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="suppressions=$here/undefined.supp:print_stacktrace=1:halt_on_error=1"

mkdir -p "$build/findings"
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DSEG_SANITIZE="address,undefined,fuzzer-no-link" -DSEG_CUDA=OFF -DSEG_WERROR=OFF \
  >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
ninja -C "$build" -j "${JOBS:-1}" "${targets[@]/#/fuzz_}"

failed=()
for target in "${targets[@]}"; do
  echo "fuzz: $target for $seconds s"
  corpus=$build/corpus/$target
  mkdir -p "$corpus"
  seeds=()
  for folder in "tests/fuzz/seeds/$target" $([[ $target == yaml ]] && echo configs); do
    [[ -d $folder ]] && seeds+=("$folder")
  done
  words=()
  [[ -f tests/fuzz/$target.dict ]] && words=("-dict=tests/fuzz/$target.dict")
  FUZZ_CORPUS=$corpus "$build/bin/fuzz_$target" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$build/findings/$target-" \
    "${words[@]}" "$corpus" "${seeds[@]}" 2>"$build/$target.log" || failed+=("$target")
  grep -E "stat::number_of_executed_units|SUMMARY" "$build/$target.log" | sed "s/^/fuzz: $target: /"
done
if ((${#failed[@]})); then
  echo "fuzz: findings in ${failed[*]}; see $build/TARGET.log" >&2
  exit 1
fi
echo "fuzz: ${targets[*]} found nothing"
