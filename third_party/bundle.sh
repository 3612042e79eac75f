#!/usr/bin/env bash
# bundle.sh BUILD: puts BUILD/bin with the shared libraries it needs into BUILD/bundle, and packs
# that as BUILD/bundle.tar.gz, for a machine that has LibTorch and nothing else. With it go the
# configurations, the reference vectors, the check of a GPU (tests/gpu) and the script that times
# PyTorch beside segbench.
set -euo pipefail
build=$1
bundle=$build/bundle
largest=60 # MiB, packed: what can be sent to machines that take little
# What the other machine brings: LibTorch with CUDA and OpenMP, the C and C++ run-time libraries.
theirs='^(libtorch|libc10|libcuda|libcu|libnv|libnccl|libgomp|libstdc\+\+|libgcc_s|ld-linux'
theirs+='|(libc|libm|libdl|librt|libpthread|libmvec|libutil|libresolv)\.)'

rm -rf "$bundle"
mkdir -p "$bundle/bin" "$bundle/lib"
programs=()
for program in segprep segtrain segeval segpredict segtables segphantom segtests segbench; do
  [[ ! -x $build/bin/$program ]] || programs+=("$program")
done
for program in "${programs[@]}"; do
  strip -o "$bundle/bin/$program" "$build/bin/$program"
  ldd "$build/bin/$program"
done | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | while read -r library; do
  name=$(basename "$library")
  [[ $name =~ $theirs ]] || strip -o "$bundle/lib/$name" "$library"
done
cp -r configs "$bundle/configs"
mkdir "$bundle/gpu" "$bundle/peers"
cp tests/gpu/*.py "$bundle/gpu"
rm "$bundle/gpu/check_test.py"
cp tests/bench/peers/{gpu,networks}.py "$bundle/peers"
cp -r tests/reference "$bundle/reference" # where segtests looks for it: beside bin/
rm "$bundle/reference/select.py"

cat >"$bundle/run" <<'RUN'
#!/bin/sh
# run PROGRAM ARGUMENTS...: runs a program of bin/ with LibTorch 2.11 from LIBTORCH, else from
# python3's torch.
here=$(cd "$(dirname "$0")" && pwd)
place='import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])'
torch=${LIBTORCH:-$(python3 -c "$place" 2>/dev/null)}
if [ ! -e "$torch/lib/libtorch_cpu.so" ]; then
  echo "run: LibTorch was not found: set LIBTORCH to its folder, or have a python3 with torch" \
    "2.11 on the PATH." >&2
  exit 1
fi
path=$here/lib:$torch/lib
for folder in "$torch"/../nvidia/*/lib; do
  [ ! -d "$folder" ] || path=$path:$folder
done
export LD_LIBRARY_PATH="$path${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
program=$1
shift
exec "$here/bin/$program" "$@"
RUN
cat >"$bundle/gpu-check" <<'CHECK'
#!/bin/sh
exec python3 -B "$(dirname "$0")/gpu/check.py" "$@"
CHECK
chmod +x "$bundle/run" "$bundle/gpu-check"
tar -C "$build" -czf "$bundle.tar.gz" bundle
size=$(du -sm "$bundle.tar.gz" | cut -f1)
if ((size > largest)); then
  echo "bundle: $bundle.tar.gz is $size MiB, more than the $largest allowed; build for fewer GPUs" \
    "(ARCH=90) or in Release." >&2
  exit 1
fi
echo "bundle: ${programs[*]} in $bundle, and packed in $bundle.tar.gz, $size MiB; run them with" \
  "$bundle/run PROGRAM, on a GPU machine check them with $bundle/gpu-check"
