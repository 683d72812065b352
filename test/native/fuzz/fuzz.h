#pragma once
// What every harness of the coverage-guided fuzzer offers (libFuzzer's interface).

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Reads the bytes as a damaged file. Returns 0; anything but an ordinary refusal ends the process.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

/// Ends the process, as a sanitizer does, when what was accepted is not what it says it is.
#define FUZZ_REQUIRE(condition)                                                    \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)
