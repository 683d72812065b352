#pragma once
// Matrix tiles of a processor with AMX, and the same in plain C++ for tests on any processor.
//
// A tile is 16 rows of 64 bytes. multiply() adds to 16 x 16 float32 sums the product of a 16 x 32 bf16 tile
// and one of 32 x 16 whose rows lie in pairs: [16 pairs][16 columns][2].

#include <cstddef>
#include <cstdint>
#include <cstring>

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
    std::memcpy(&half, at, 2);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  }
};

}  // namespace sslmem::amx
