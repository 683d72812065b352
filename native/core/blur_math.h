#pragma once
// What the blur of the CPU and that of CUDA share.

#include "hd.h"

namespace sslmem {

/// Index of the pixel that stands at position `i` of a side when its ends are mirrors (the end itself not
/// repeated). -side < i < 2 * side - 1.
SSLMEM_HD int reflect(int i, int side) {
  if (i < 0) i = -i;
  return i < side ? i : 2 * (side - 1) - i;
}

}  // namespace sslmem
