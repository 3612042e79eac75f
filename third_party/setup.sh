#!/usr/bin/env bash
# Finds or installs what segtrain needs: system packages, LibTorch, a CUDA compiler. Safe to run
# again; does nothing where all is there. The CUDA compiler is installed where there is a GPU, and
# with SEG_CUDA=ON (make CUDA=1) where there is none too. With SEG_LINT=ON it sees to what make lint
# needs, with SEG_LINT=FORMAT to what make format-check needs, with SEG_FUZZ=ON to what make fuzz
# needs beside the rest, and to nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/venv

torch=2.11.0
python_packages=("torch==$torch" "numpy>=2,<3" "safetensors>=0.5,<1")
cuda_release=13.0 # what this LibTorch is built with
cuda_packages=()
for package in cuda-nvcc cuda-crt nvvm cuda-cccl cuda-runtime; do
  cuda_packages+=("nvidia-$package==$cuda_release.*")
done
system_packages=(make g++ cmake ninja-build ccache python3-venv libinsighttoolkit5-dev
  libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev catch2 nlohmann-json3-dev zlib1g-dev
  libdeflate-dev libpng-dev libxxhash-dev)
# What formats is pinned: another release writes other lines.
format_packages=(clang-format==14.0.6 ruff==0.15.22)
lint_packages=(clang-tidy-14 shellcheck)
fuzz_packages=(clang-14 libclang-rt-14-dev)

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

system() {
  command -v dpkg-query >/dev/null ||
    { say "not Debian or Ubuntu: install the equivalents of $* yourself"; return; }
  local package missing=()
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then say "system packages: all there"; return; fi
  [[ $(id -u) == 0 ]] ||
    die "system packages are missing and installing them needs root. Run this, then this again:
  sudo apt-get install --yes --no-install-recommends ${missing[*]}"
  say "system packages: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install --yes -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The folder of a LibTorch that the user names, or nothing.
given_libtorch() {
  local root folder prefixes=${CMAKE_PREFIX_PATH:-}
  for root in ${LIBTORCH:-} ${prefixes//[:;]/ }; do
    for folder in "$root" "$root/torch"; do
      if [[ -e $folder/include/torch/csrc/api/include/torch/torch.h ]]; then
        echo "$folder"
        return
      fi
    done
  done
}

installed() { compgen -G "$venv/lib/python3*/site-packages/$1" >/dev/null; }

into_venv() {
  [[ -x $venv/bin/pip ]] || python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

libtorch() {
  local given
  given=$(given_libtorch)
  if [[ $given ]]; then say "LibTorch: $given, as LIBTORCH or CMAKE_PREFIX_PATH says"; return; fi
  [[ -z ${LIBTORCH:-} ]] ||
    die "LIBTORCH=$LIBTORCH holds no LibTorch: correct it, or unset it to have one installed."
  if installed "torch-$torch*.dist-info" && installed "safetensors-*.dist-info" &&
    installed "numpy-*.dist-info"; then
    say "LibTorch: $torch in third_party/venv"
    return
  fi
  say "LibTorch: installing ${python_packages[*]} into third_party/venv (a download of about 3 GB)"
  into_venv "${python_packages[@]}"
}

nvcc_of_release() { [[ -x $1 ]] && "$1" --version | grep "release $2," >/dev/null; }

# The CUDA release of a LibTorch that the user names: from the wheel's version.py or the archive's
# build-version (2.11.0+cu130).
release_of() {
  if [[ -e $1/version.py ]]; then
    sed -n "s/^cuda.*'\([0-9.]*\)'.*/\1/p" "$1/version.py"
  elif [[ -e $1/build-version ]]; then
    sed -n 's/.*+cu\([0-9]*\)\([0-9]\)$/\1.\2/p' "$1/build-version"
  fi
}

cuda() {
  local nvcc given release asked=${SEG_CUDA:-AUTO}
  given=$(given_libtorch)
  release=$([[ ! $given ]] || release_of "$given")
  release=${release:-$cuda_release}
  for nvcc in "${CUDACXX:-}" "${CUDA_HOME:-}/bin/nvcc" "$(command -v nvcc || true)" \
    /usr/local/cuda/bin/nvcc "/usr/local/cuda-$release/bin/nvcc" \
    "$(compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc" || true)"; do
    if nvcc_of_release "$nvcc" "$release"; then
      say "CUDA compiler: ${nvcc/#$here/third_party}"
      return
    fi
  done
  if [[ $asked != ON ]] && ! nvidia-smi -L >/dev/null 2>&1; then
    say "CUDA compiler: none of release $release and no GPU here; the build is for the CPU only" \
      "(CUDA=1 installs a compiler)"
    return
  fi
  if [[ $asked != ON && $given ]]; then
    say "CUDA compiler: none of release $release, which your LibTorch needs; the build is for the" \
      "CPU only (CUDA=1 installs $cuda_release)"
    return
  fi
  [[ $release == "$cuda_release" ]] ||
    die "LibTorch in $given was built with CUDA $release and setup installs only $cuda_release:" \
      "let CUDACXX name an nvcc of release $release."
  say "CUDA compiler: installing ${cuda_packages[*]} into third_party/venv"
  into_venv "${cuda_packages[@]}"
  link_cuda "$(compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13")"
}

# The wheels lack what CMake looks for: lib64, and libNAME.so beside libNAME.so.N.
link_cuda() {
  local library
  [[ -e $1/lib64 ]] || ln -s lib "$1/lib64"
  for library in "$1"/lib/*.so.*; do
    [[ -e ${library%%.so.*}.so ]] || ln -s "$(basename "$library")" "${library%%.so.*}.so"
  done
}

formatters() {
  local package folder
  for package in "${format_packages[@]}"; do
    folder=${package//-/_}
    installed "${folder/==/-}.dist-info" || {
      say "installing $package into third_party/venv"
      into_venv "$package"
    }
  done
}

if [[ -n ${SEG_FUZZ:-} ]]; then
  system "${fuzz_packages[@]}"
  exit
fi
case ${SEG_LINT:-} in
  FORMAT) formatters ;;
  ON)
    formatters
    system "${lint_packages[@]}"
    ;;
  *)
    system "${system_packages[@]}"
    libtorch
    cuda
    ;;
esac
