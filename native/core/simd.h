#pragma once
// Short vectors of the compiler (GCC and Clang): one spelling for SSE, AVX, AVX-512 and NEON. Where the
// machine has narrower registers the compiler splits them, with the same results.

#include <cstring>

#include "multiversion.h"

/// SSLMEM_INLINE for a lambda: [] SSLMEM_INLINE_LAMBDA { ... } or (arguments) SSLMEM_INLINE_LAMBDA { ... }.
#define SSLMEM_INLINE_LAMBDA __attribute__((always_inline))

namespace sslmem {

typedef float Float4 __attribute__((vector_size(16)));
typedef float Float8 __attribute__((vector_size(32)));

template <class V>
SSLMEM_INLINE V load(const float* from) {
  V value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class V>
SSLMEM_INLINE void store(float* to, V value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace sslmem
