#!/usr/bin/env bash
# Builds the torch engine for the NVIDIA GPU of this machine, checks it and measures it. Needs no network.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
usage() {
  cat << 'TEXT'
Usage: scripts/gpu-check.sh [options]

Builds the torch engine of this checkout with CUDA, in a folder of its own, then, each stage with a time limit:
  facts        the card, its driver, versions, the commit
  build        CMake and nvcc: the native core and the torch engine for this card
  native       the native tests (on the CPU)
  conformance  tfjs-core's own suite, on the GPU
  kernels      operations, values and gradients: GPU against CPU
  alignment    losses of representations on the GPU against the native core's
  views        the augmentation kernels against the CPU's code
  agreement    20 steps of training, float32, GPU against CPU; bf16; stop and resume; views of device and host
  graphs       the training step as a CUDA graph against the same step without one
  nvjpeg       nvJPEG's pixels against sharp's
  bench        views, training steps and scoring beside PyTorch (eager and compiled) and torchvision, in the same run
  proof        only with --proof DATA: SimCLR ResNet-18 on all of CIFAR-10, f and g, scored, with kNN
and writes one JSON file after every stage, so that what was done is kept whatever happens later.

What this machine must have: an NVIDIA GPU with its driver, Python 3 with PyTorch 2.11 for CUDA 13 (torchvision if there),
nvcc 13, CMake, a C++17 compiler. What must be handed to it: the files of the repository, and build/gpu-pack.tar.xz
as scripts/gpu-pack.sh makes it (Node and its packages; 64 MiB at most).

  --device D      cuda:0 by default; cpu: a dry run of all stages that can run without a GPU, with small sizes
  --out FILE      the JSON (default build/gpu-check.json; in $OUT where that is set)
  --pack FILE     the package (default build/gpu-pack.tar.xz)
  --work DIR      where it is built and kept for the next call (default build/gpu-check)
  --only A,B      these stages alone (facts and build are always done)
  --skip A,B      all but these
  --python P      default python3
  --torch-root D  the folder that holds torch/ (default: that of Python's torch)
  --nvcc P        default: $CUDA_HOME, $PATH, /usr/local/cuda
  --seconds S     how long each rate is measured (default 20)
  --limit S       time limit of a stage in seconds (default: 240 to 900 by stage, 6 hours for the proof)
  --proof DATA    also the proof, on the CIFAR-10 files in that folder; --epochs N (default 100)

Exit: 0 all well; 1 a stage failed (the JSON says which); 2 wrong usage; 3 something was not handed over; 4 no usable GPU
TEXT
}
fail() { echo "gpu-check: $2" >&2; exit "$1"; }

pack="$root/build/gpu-pack.tar.xz"
work="$root/build/gpu-check"
arguments=("$@")
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --pack) [ $# -gt 1 ] || fail 2 "Expected a file after --pack."; pack=$(realpath -m "$2"); shift ;;
    --work) [ $# -gt 1 ] || fail 2 "Expected a folder after --work."; work=$(realpath -m "$2"); shift ;;
    --device | --out | --only | --skip | --python | --torch-root | --nvcc | --seconds | --limit | --proof | --epochs)
      [ $# -gt 1 ] || fail 2 "Expected a value after $1."; shift ;;
    *) fail 2 "Expected an option that --help names but received \"$1\"." ;;
  esac
  shift
done
[ -f "$pack" ] || fail 3 "Expected the package of Node and its modules at $pack: scripts/gpu-pack.sh makes it."
command -v cmake > /dev/null || fail 3 "Expected CMake but there is none."

# Unpacked once for each package; the build folder beside it stays.
tree="$work/tree"
mark=$(cksum < "$pack")
if [ "$(cat "$work/unpacked" 2> /dev/null)" != "$mark" ]; then
  mkdir -p "$tree"
  rm -rf "$tree/node_modules" "$tree/dist"
  (cd "$tree" && cmake -E tar xf "$pack")
  echo "$mark" > "$work/unpacked"
fi
chmod +x "$tree/node"
exec "$tree/node" "$root/scripts/gpu-check/main.mjs" --root "$root" --tree "$tree" "${arguments[@]}"
