#!/usr/bin/env bash
# The native tests with AddressSanitizer and UndefinedBehaviorSanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake -S . -B build/asan -DSSLMEM_SANITIZE=address,undefined > /dev/null
cmake --build build/asan -j 2 > build/asan/log.txt 2>&1 || { tail -40 build/asan/log.txt; exit 1; }
build/asan/sslmem-native-tests
