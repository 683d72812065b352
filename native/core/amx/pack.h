#pragma once
// Rearranging [images, pixels, channels] of bf16 into tiles over 32 images.

#include <cstdint>

#include "shape.h"

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

/// A filter float32 [outputs, taps, inputs], rounded to bf16, as right operands of products over its inputs
/// (backward: over its outputs): tiles [32 columns / 16] of (32 columns, tap, 32 inner channels) at
/// to[(((columns / 32 · taps + tap) · inner / 32 + group) · 2 + half) · kTile]; channels padded with 0.
void pack_filter(bool backward, const float* filter, int64_t outputs, int64_t taps, int64_t inputs,
                 uint16_t* to, const Parallel& parallel);

}  // namespace sslmem::amx
