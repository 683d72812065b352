#pragma once
// Rearranging [images, pixels, channels] of bf16 into tiles over 32 images.

#include <cstdint>

namespace sslmem::amx {

/// How a tile lies in memory.
enum class Lay {
  rows,   ///< [16 channels][32 images]: the left operand of a product over images
  pairs,  ///< [16 pairs of images][16 channels][2]: the right one
};

/// bf16 [images, pixels, channels].
struct Maps {
  const uint16_t* from;
  int64_t images, pixels, channels;
};

/// Tiles of `count` pixels from `first` on, of 32 images from image 32 · block on: tile (pixel, 16 channels)
/// goes to to[((pixel − first) · groups + group) · between · kTile], groups = padded_channels / 16. Images
/// and channels that are not there are 0.
void pack(Lay lay, const Maps& maps, int64_t block, int64_t first, int64_t count, uint16_t* to,
          int64_t between);

}  // namespace sslmem::amx
