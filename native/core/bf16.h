#pragma once
// bfloat16: the upper half of a float32.

#include <cstdint>
#include <cstring>

#include "hd.h"

namespace sslmem {

/// The bits of x rounded to the nearest bfloat16, halves to even; a NaN stays one.
SSLMEM_HD uint16_t bf16_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

}  // namespace sslmem
