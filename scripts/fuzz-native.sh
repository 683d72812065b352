#!/usr/bin/env bash
# The native readers of what comes from outside (transforms and operations, JPEG headers, packed files) under AddressSanitizer and
# UndefinedBehaviorSanitizer.
#   scripts/fuzz-native.sh                    every file of the corpus once (what CI does; any compiler)
#   scripts/fuzz-native.sh SECONDS [NAME…]    libFuzzer looks for new ones for so long, one process a reader
#   scripts/fuzz-native.sh merge              keeps of the corpus and of what was found the files that reach new code
# Fuzzing needs clang++ with libFuzzer (Debian: clang libclang-rt-14-dev). What is found lies in build/fuzz/NAME,
# an input that ends a reader in build/fuzz/NAME-crash-*; a mended one belongs into test/native/fuzz/corpus/NAME.
set -euo pipefail
cd "$(dirname "$0")/.."
all="specs jpeg_header packed_images"
core="spec number_field op_limits chain sampler philox augment blur color gather hue point_op resample resample_weights"
core="$core view_plan jpeg_header packed_images mapped_file"
corpus=test/native/fuzz/corpus
out=build/fuzz
mkdir -p "$out"

# build COMPILER SANITIZERS MAIN: the readers once, then a program for each harness.
build() {
  local flags="-std=c++17 -O1 -g -ffp-contract=off -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-psabi -DSSLMEM_PORTABLE -Inative"
  local objects=()
  for name in $core; do
    "$1" $flags "-fsanitize=$2" -c "native/core/$name.cpp" -o "$out/$name.o"
    objects+=("$out/$name.o")
  done
  for name in $all; do
    "$1" $flags "-fsanitize=$2" "test/native/fuzz/$name.cpp" ${3:+"$3"} "${objects[@]}" ${4:+"$4"} -o "$out/fuzz-$name"
  done
}

case "${1:-replay}" in
  replay)
    build "${CXX:-c++}" address,undefined test/native/fuzz/replay.cpp
    passed=0
    failed=0
    for name in $all; do
      if output=$("$out/fuzz-$name" "$corpus/$name" 2> "$out/$name.log"); then
        echo "$name: $output"
        passed=$((passed + ${output%% *}))
      else
        tail -30 "$out/$name.log"
        failed=$((failed + 1))
      fi
    done
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
    ;;
  merge)
    for name in $all; do
      rm -rf "$out/$name-merged"
      mkdir -p "$out/$name-merged" "$out/$name"
      "$out/fuzz-$name" -set_cover_merge=1 "$out/$name-merged" "$corpus/$name" "$out/$name" 2> "$out/$name-merge.log"
      rm -rf "${corpus:?}/$name"
      mv "$out/$name-merged" "$corpus/$name"
      echo "$name: $(find "$corpus/$name" -type f | wc -l) files"
    done
    ;;
  *)
    seconds=$1
    shift
    command -v clang++ > /dev/null || { echo "Expected clang++ with libFuzzer: apt-get install clang libclang-rt-14-dev" >&2; exit 2; }
    build clang++ fuzzer-no-link,address,undefined "" -fsanitize=fuzzer
    for name in ${*:-$all}; do
      mkdir -p "$out/$name"
      nice "$out/fuzz-$name" "-max_total_time=$seconds" -seed=1 -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -artifact_prefix="$out/$name-" -print_final_stats=1 "$out/$name" "$corpus/$name" > "$out/$name.log" 2>&1 &
    done
    failed=0
    for job in $(jobs -p); do wait "$job" || failed=$((failed + 1)); done
    for name in ${*:-$all}; do
      echo "== $name"
      grep -E "cov: " "$out/$name.log" | tail -1
      grep -E "stat::number_of_executed_units|ERROR|SUMMARY" "$out/$name.log" || true
    done
    exit $((failed > 0))
    ;;
esac
