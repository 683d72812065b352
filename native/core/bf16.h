#pragma once
// bfloat16: the upper half of a float32. In forms that compilers vectorise.

#include <cstdint>
#include <cstring>

#include "hd.h"

namespace sslmem {

/// The bits of x rounded to the nearest bfloat16, halves to even; a NaN stays one.
SSLMEM_HD uint16_t bf16_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t rounded = (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
  return static_cast<uint16_t>((bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : rounded);
}

/// The number with these bits.
SSLMEM_HD float bf16_value(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace sslmem
