#include "pack.h"

#include <algorithm>

#include "core/simd.h"
#include "filter_gradient.h"
#include "tiles.h"

namespace sslmem::amx {

namespace {

typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));

/// Two rows of 16 bf16 numbers as 16 words: (a0, b0), (a1, b1), …
SSLMEM_INLINE Words paired(const uint16_t* a, const uint16_t* b) {
  Halves left, right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, b, sizeof right);
  return __builtin_convertvector(left, Words) | (__builtin_convertvector(right, Words) << 16);
}

/// Rows and columns of 16 x 16 words change places: in four rounds, blocks of 8, 4, 2 and 1 do.
SSLMEM_INLINE void transpose(Words (&m)[16]) {
  const Words low8 = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23},
              high8 = {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31},
              low4 = {0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27},
              high4 = {4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31},
              low2 = {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29},
              high2 = {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31},
              low1 = {0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30},
              high1 = {1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31};
  const auto exchange = [&m](int distance, const Words& low, const Words& high) SSLMEM_INLINE_LAMBDA {
    for (int i = 0; i < 16; ++i) {
      if ((i & distance) != 0) continue;
      const Words upper = m[i], lower = m[i + distance];
      m[i] = __builtin_shuffle(upper, lower, low);
      m[i + distance] = __builtin_shuffle(upper, lower, high);
    }
  };
  exchange(8, low8, high8);
  exchange(4, low4, high4);
  exchange(2, low2, high2);
  exchange(1, low1, high1);
}

/// One tile from 32 rows of 16 channels, `step` numbers apart.
template <Lay lay>
SSLMEM_INLINE void tile(const uint16_t* from, int64_t step, uint16_t* to) {
  Words m[16];
  for (int pair = 0; pair < 16; ++pair)
    m[pair] = paired(from + 2 * pair * step, from + (2 * pair + 1) * step);
  if (lay == Lay::rows) transpose(m);
  std::memcpy(to, m, sizeof m);
}

template <Lay lay>
SSLMEM_INLINE void tiles(const Maps& maps, int64_t block, int64_t first, int64_t count, uint16_t* to,
                         int64_t between) {
  const int64_t groups = padded_channels(maps.channels) / kRows;
  const int64_t step = maps.pixels * maps.channels, here = std::min(kDepth, maps.images - block * kDepth);
  const uint16_t* image = maps.from + block * kDepth * step + first * maps.channels;
  for (int64_t pixel = 0; pixel < count; ++pixel) {
    for (int64_t group = 0; group < groups; ++group, to += between * kTile) {
      const int64_t channel = group * kRows, wide = std::min(kRows, maps.channels - channel);
      const uint16_t* at = image + pixel * maps.channels + channel;
      if (here == kDepth && wide == kRows) {
        tile<lay>(at, step, to);
      } else {
        alignas(64) uint16_t some[kDepth * kRows] = {};
        for (int64_t row = 0; row < here && wide > 0; ++row)
          std::memcpy(some + row * kRows, at + row * step, static_cast<size_t>(wide) * sizeof(uint16_t));
        tile<lay>(some, kRows, to);
      }
    }
  }
}

SSLMEM_MULTIVERSION void pack_rows(const Maps& maps, int64_t block, int64_t first, int64_t count,
                                   uint16_t* to, int64_t between) {
  tiles<Lay::rows>(maps, block, first, count, to, between);
}
SSLMEM_MULTIVERSION void pack_pairs(const Maps& maps, int64_t block, int64_t first, int64_t count,
                                    uint16_t* to, int64_t between) {
  tiles<Lay::pairs>(maps, block, first, count, to, between);
}

}  // namespace

void pack(Lay lay, const Maps& maps, int64_t block, int64_t first, int64_t count, uint16_t* to,
          int64_t between) {
  (lay == Lay::rows ? pack_rows : pack_pairs)(maps, block, first, count, to, between);
}

}  // namespace sslmem::amx
