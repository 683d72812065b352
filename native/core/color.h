#pragma once
// Pointwise colour operations, in place on `count` pixels of three planes. Each is torchvision's functional
// of that name on float32 images; factors have been checked (op_limits.h).

#include <cstddef>

#include "planes.h"

namespace sslmem {

/// clamp(x * factor, 0, 1).
void adjust_brightness(PlanePointers image, size_t count, float factor);

/// clamp(x * factor + (1 - factor) * mean, 0, 1), `mean` being the image's mean grey value (gray_sum /
/// pixels).
void adjust_contrast(PlanePointers image, size_t count, double factor, double mean);

/// clamp(x * factor + (1 - factor) * grey, 0, 1), grey being the pixel's own.
void adjust_saturation(PlanePointers image, size_t count, double factor);

/// Rotates the hue by `turns` in [-0.5, 0.5]. Without `unit_range` the values may lie outside [0, 1] (after a
/// bicubic resize or a normalize) and every step is torchvision's, whose clamps make the result depend on the
/// sector of the hue; a pixel whose largest channel is exactly 0 becomes 0 where torchvision divides by zero.
/// With it the sectors need not be told apart.
void adjust_hue(PlanePointers image, size_t count, double turns, bool unit_range);

/// Grey value .2989 R + .587 G + .114 B in all three channels.
void rgb_to_grayscale(PlanePointers image, size_t count);

/// 1 - x where x >= threshold.
void solarize(PlanePointers image, size_t count, double threshold);

/// 1 - x.
void invert(PlanePointers image, size_t count);

/// (x - mean) / std per channel.
void normalize(PlanePointers image, size_t count, const double mean[3], const double std_dev[3]);

/// Sum of the grey values: float32 within runs of 16 lanes and at most 4,096 pixels, float64 between runs.
double gray_sum(PlanePointers image, size_t count);

/// The three planes as interleaved RGB, each channel as (x - mean) * scale.
void interleave(PlanePointers image, size_t count, const float mean[3], const float scale[3], float* out);

}  // namespace sslmem
