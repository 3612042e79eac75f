#!/usr/bin/env bash
# lint.sh CHECK ...: exit code 0 where none of the checks found anything.
#   write    writes what `format` asks for
#   format   clang-format and ruff change nothing in the whole tree
#   lines    no line of code is longer than 100 columns
#   commas   no statement joins assignments by commas
#   shell    shellcheck
#   python   ruff check
#   tidy     clang-tidy on what differs from main (CHANGED="FILE ..." names files, ALL=1 takes all)
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
tools=third_party/venv/bin
build=${BUILD:-build}

# The files of the patterns that belong to the project: git's and new ones, or, in a copy without
# git, all but what was built.
files() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@"
  else
    local pattern tests=()
    for pattern; do tests+=(-o -path "./$pattern" -o -path "*/$pattern"); done
    find . \( -path './build*' -o -path ./third_party/venv -o -path ./demo \) -prune -o \
      -type f \( "${tests[@]:1}" \) -print
  fi | sort -u | while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done
}
cpp() { files '*.cpp' '*.h' '*.cu' '*.cuh' '*.inc'; }

check_format() {
  local status=0
  cpp | xargs -r "$tools/clang-format" --dry-run -Werror || status=1
  "$tools/ruff" format --quiet --check . || {
    "$tools/ruff" format --diff . 2>&1 | head -n 40
    status=1
  }
  ((status == 0)) || echo "lint: make format writes these files as they should be" >&2
  return "$status"
}

check_write() { cpp | xargs -r "$tools/clang-format" -i && "$tools/ruff" format --quiet .; }

check_lines() {
  ! files '*.cpp' '*.h' '*.cu' '*.cuh' '*.inc' '*.py' '*.sh' '*.cmake' '*CMakeLists.txt' '*.yaml' \
    '*.yml' '*.toml' .ci/run Makefile .clang-format .clang-tidy |
    LC_ALL=C.UTF-8 xargs -r grep -HnE '.{101,}'
}

check_commas() { cpp | xargs -r "${PYTHON:-python3}" tests/lint/commas.py; }

check_shell() { files '*.sh' .ci/run | xargs -r shellcheck; }

check_python() { "$tools/ruff" check --quiet .; }

# The C++ files to look at: CHANGED, all, or what differs from the branch main.
tidy_files() {
  local base
  if [[ ${CHANGED:-} ]]; then
    tr ' ' '\n' <<<"$CHANGED"
  elif [[ ${ALL:-} ]]; then
    cpp
  else
    base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null ||
      git rev-parse HEAD)
    { git diff --name-only --diff-filter=d "$base" && git ls-files --others --exclude-standard; } |
      sort -u | grep -E '\.(cpp|h|inc)$'
  fi
}

check_tidy() { tidy_files | xargs -r "${PYTHON:-python3}" tests/lint/tidy.py "$build"; }

failed=()
for check in "$@"; do
  [[ $(type -t "check_$check") == function ]] || { echo "lint: no check $check" >&2; exit 2; }
  echo "lint: $check"
  "check_$check" || failed+=("$check")
done
if ((${#failed[@]} > 0)); then
  echo "lint: FAILED: ${failed[*]}" >&2
  exit 1
fi
echo "lint: $* found nothing"
