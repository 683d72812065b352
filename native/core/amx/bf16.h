#pragma once
// bf16 as its bits, in forms that compilers vectorise.

#include <cstdint>
#include <cstring>

#include "core/multiversion.h"

namespace sslmem::amx {

/// The nearest bf16, halves to even; NaN stays NaN.
SSLMEM_INLINE uint16_t to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return static_cast<uint16_t>(value == value ? rounded : 0x7fc0u);
}

SSLMEM_INLINE float from_bf16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace sslmem::amx
