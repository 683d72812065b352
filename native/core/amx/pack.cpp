#include "pack.h"

#include <algorithm>

#include "core/bf16.h"
#include "core/simd.h"
#include "shape.h"
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

#if defined(__clang__)
SSLMEM_INLINE void transpose(Words (&m)[16]) {
  Words turned[16];
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) turned[j][i] = m[i][j];
  for (int i = 0; i < 16; ++i) m[i] = turned[i];
}
#else
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
#endif

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

/// One block of 32 x 32 of a filter's tap, rows by outputs, in bf16.
SSLMEM_INLINE void filter_block(const float* filter, int64_t outputs, int64_t line, int64_t inputs,
                                uint16_t (&block)[kDepth * kDepth]) {
  if (outputs < kDepth || inputs < kDepth) std::memset(block, 0, sizeof block);
  for (int64_t o = 0; o < std::min(outputs, kDepth); ++o) {
    const float* row = filter + o * line;
    if (inputs >= kDepth)
      for (int64_t i = 0; i < kDepth; ++i) block[o * kDepth + i] = bf16_bits(row[i]);
    else
      for (int64_t i = 0; i < inputs; ++i) block[o * kDepth + i] = bf16_bits(row[i]);
  }
}

/// Right operands of one block of columns.
template <bool backward>
SSLMEM_INLINE void filter_tiles(const float* filter, int64_t outputs, int64_t taps, int64_t inputs,
                                int64_t columns, uint16_t* to) {
  const int64_t line = taps * inputs, inner = padded_channels(backward ? outputs : inputs) / kDepth;
  for (int64_t tap = 0; tap < taps; ++tap) {
    for (int64_t group = 0; group < inner; ++group, to += 2 * kTile) {
      const int64_t o = (backward ? group : columns) * kDepth, i = (backward ? columns : group) * kDepth;
      alignas(64) uint16_t block[kDepth * kDepth];
      filter_block(filter + o * line + tap * inputs + i, outputs - o, line, inputs - i, block);
      for (int64_t half = 0; half < 2; ++half) {
        Words m[16];
        if (backward) {  // rows are the inner channels
          for (int pair = 0; pair < 16; ++pair)
            m[pair] = paired(block + 2 * pair * kDepth + half * kRows,
                             block + (2 * pair + 1) * kDepth + half * kRows);
        } else {
          std::memcpy(m, block + half * kRows * kDepth, sizeof m);
          transpose(m);
        }
        std::memcpy(to + half * kTile, m, sizeof m);
      }
    }
  }
}

SSLMEM_MULTIVERSION void filter_forward(const float* filter, int64_t outputs, int64_t taps, int64_t inputs,
                                        int64_t columns, uint16_t* to) {
  filter_tiles<false>(filter, outputs, taps, inputs, columns, to);
}
SSLMEM_MULTIVERSION void filter_backward(const float* filter, int64_t outputs, int64_t taps, int64_t inputs,
                                         int64_t columns, uint16_t* to) {
  filter_tiles<true>(filter, outputs, taps, inputs, columns, to);
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

void pack_filter(bool backward, const float* filter, int64_t outputs, int64_t taps, int64_t inputs,
                 uint16_t* to, const Parallel& parallel) {
  const int64_t inner = padded_channels(backward ? outputs : inputs) / kDepth;
  parallel(padded_channels(backward ? inputs : outputs) / kDepth, [&](int64_t begin, int64_t end) {
    for (int64_t columns = begin; columns < end; ++columns)
      (backward ? filter_backward : filter_forward)(filter, outputs, taps, inputs, columns,
                                                    to + columns * taps * inner * 2 * kTile);
  });
}

}  // namespace sslmem::amx
