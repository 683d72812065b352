#pragma once
// Matrix tiles of a processor with AMX, and the same in plain C++ for tests on any processor.
//
// A tile is 16 rows of 64 bytes. multiply() adds to 16 x 16 float32 sums the product of a 16 x 32 bf16 tile
// and one of 32 x 16 whose rows lie in pairs: [16 pairs][16 columns][2].

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/bf16.h"

namespace sslmem::amx {

constexpr int64_t kRows = 16;   ///< rows of a tile, and columns of a tile of sums
constexpr int64_t kDepth = 32;  ///< bf16 numbers in a row
constexpr int64_t kTile = kRows * kDepth;

/// Whether this processor has AMX for bf16 and the system lets this process use it. Asks the system once.
bool available();

// Older compilers do not know the processors that have tiles.
#if defined(__x86_64__) && defined(__linux__) && !defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 12
#define SSLMEM_AMX 1

/// The processor's own tiles. One object at a time and thread.
class Hardware {
 public:
  Hardware() {
    alignas(64) struct {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t bytes[16] = {};
      uint8_t rows[16] = {};
    } shape;
    for (int tile = 0; tile < 8; ++tile) {
      shape.bytes[tile] = 64;
      shape.rows[tile] = kRows;
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(shape));
  }
  ~Hardware() { __asm__ volatile("tilerelease" ::); }
  Hardware(const Hardware&) = delete;
  Hardware& operator=(const Hardware&) = delete;

  template <int tile>
  void zero() {
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(tile));
  }
  template <int tile>
  void load(const void* from, size_t stride) {
    __asm__ volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(tile), "r"(from), "r"(stride) : "memory");
  }
  template <int tile>
  void store(void* to, size_t stride) {
    __asm__ volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(tile), "r"(to), "r"(stride) : "memory");
  }
  template <int sums, int a, int b>
  void multiply() {
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(sums), "i"(a), "i"(b));
  }
};
#endif

/// The same in plain C++: sums of float32 products, two at a time.
class Emulated {
 public:
  template <int tile>
  void zero() {
    std::memset(tiles_[tile], 0, sizeof tiles_[tile]);
  }
  template <int tile>
  void load(const void* from, size_t stride) {
    for (size_t row = 0; row < kRows; ++row)
      std::memcpy(tiles_[tile] + 64 * row, static_cast<const uint8_t*>(from) + stride * row, 64);
  }
  template <int tile>
  void store(void* to, size_t stride) {
    for (size_t row = 0; row < kRows; ++row)
      std::memcpy(static_cast<uint8_t*>(to) + stride * row, tiles_[tile] + 64 * row, 64);
  }
  template <int sums, int a, int b>
  void multiply() {
    for (size_t row = 0; row < kRows; ++row) {
      for (size_t column = 0; column < kRows; ++column) {
        float sum;
        std::memcpy(&sum, tiles_[sums] + 64 * row + 4 * column, 4);
        for (size_t pair = 0; pair < kRows; ++pair) {
          const uint8_t *left = tiles_[a] + 64 * row + 4 * pair, *right = tiles_[b] + 64 * pair + 4 * column;
          sum += bf16(left) * bf16(right) + bf16(left + 2) * bf16(right + 2);
        }
        std::memcpy(tiles_[sums] + 64 * row + 4 * column, &sum, 4);
      }
    }
  }

 private:
  uint8_t tiles_[8][1024];

  static float bf16(const uint8_t* at) {
    uint16_t half;
    std::memcpy(&half, at, sizeof half);
    return bf16_value(half);
  }
};

/// Tiles 0 to 3 are 32 x 32 sums, row by row; 4 and 5 the left operands of their rows, 6 and 7 the right ones
/// of their columns.
template <class Tiles>
void zero_sums(Tiles& tiles) {
  tiles.template zero<0>();
  tiles.template zero<1>();
  tiles.template zero<2>();
  tiles.template zero<3>();
}

/// @param line floats from a row of sums to the next
template <class Tiles>
void load_sums(Tiles& tiles, const float* sums, int64_t line) {
  const auto stride = static_cast<size_t>(line) * sizeof(float);
  tiles.template load<0>(sums, stride);
  tiles.template load<1>(sums + kRows, stride);
  tiles.template load<2>(sums + kRows * line, stride);
  tiles.template load<3>(sums + kRows * line + kRows, stride);
}

template <class Tiles>
void store_sums(Tiles& tiles, float* sums, int64_t line) {
  const auto stride = static_cast<size_t>(line) * sizeof(float);
  tiles.template store<0>(sums, stride);
  tiles.template store<1>(sums + kRows, stride);
  tiles.template store<2>(sums + kRows * line, stride);
  tiles.template store<3>(sums + kRows * line + kRows, stride);
}

/// Adds the products of two left tiles and two right ones; the second of each lies `beside` numbers on.
template <class Tiles>
inline __attribute__((always_inline)) void add_products(Tiles& tiles, const uint16_t* left,
                                                        const uint16_t* right, int64_t beside) {
  tiles.template load<4>(left, 64);
  tiles.template load<6>(right, 64);
  tiles.template load<5>(left + beside, 64);
  tiles.template load<7>(right + beside, 64);
  tiles.template multiply<0, 4, 6>();
  tiles.template multiply<1, 4, 7>();
  tiles.template multiply<2, 5, 6>();
  tiles.template multiply<3, 5, 7>();
}

}  // namespace sslmem::amx
