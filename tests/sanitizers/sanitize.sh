#!/usr/bin/env bash
# sanitize.sh BUILD [FOLDER ...]: the tests under AddressSanitizer and UndefinedBehaviorSanitizer in
# BUILD-sanitize, then the loader's (tests/loader) under ThreadSanitizer in BUILD-thread. FOLDER
# names one of tests/ to run alone, or `thread` for the second part. Each part fails where its
# tests are not done in SANITIZE_MINUTES (20).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
shift
here=$PWD/tests/sanitizers
minutes=${SANITIZE_MINUTES:-20}
# What make test leaves out (slow, speed, torture), and what needs a GPU.
left_out='~[.]~[cuda]'

export ASAN_OPTIONS="strict_string_checks=1:detect_stack_use_after_return=1:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$here/leak.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
export UBSAN_OPTIONS="suppressions=$here/undefined.supp:print_stacktrace=1:halt_on_error=1"
export TSAN_OPTIONS="suppressions=$here/thread.supp:second_deadlock_stack=1:${TSAN_OPTIONS:-}"

# make_with SANITIZERS FOLDER TARGET ...
make_with() {
  local sanitizers=$1 folder=$2 targets=("${@:3}")
  echo "sanitize: building ${targets[*]} with $sanitizers in $folder"
  mkdir -p "$folder"
  cmake -S . -B "$folder" -G Ninja -DSEG_SANITIZE="$sanitizers" -DSEG_CUDA=OFF -DSEG_WERROR=OFF \
    >"$folder/configure.log" 2>&1 || { cat "$folder/configure.log"; exit 1; }
  ninja -C "$folder" -j "${JOBS:-1}" "${targets[@]}"
}

# run_within PROGRAM ARGUMENTS ...
run_within() {
  local status=0
  echo "sanitize: $*"
  timeout "${minutes}m" "$@" || status=$?
  ((status != 124)) || echo "sanitize: not done after $minutes minutes" >&2
  return "$status"
}

# One thread of OpenMP's: its barriers are unknown to ThreadSanitizer. The loader's are our own.
loader_under_thread() {
  make_with thread "$build-thread" segtests_loader
  OMP_NUM_THREADS=1 run_within "$build-thread/bin/segtests_loader" "$left_out"
}

if (($# == 0)); then
  make_with address,undefined "$build-sanitize" segtests
  run_within "$build-sanitize/bin/segtests" "$left_out"
  loader_under_thread
fi
for folder; do
  if [[ $folder == thread ]]; then
    loader_under_thread
  else
    make_with address,undefined "$build-sanitize" "segtests_$folder"
    run_within "$build-sanitize/bin/segtests_$folder" "$left_out"
  fi
done
