#pragma once
// Gaussian blur with reflected borders: separable, along x and then along y.

#include <vector>

#include "blur_math.h"
#include "planes.h"

namespace sslmem {

/// The middle of torchvision's one-dimensional kernel: weights exp(-(x / sigma)^2), normalised, at `size`
/// positions from
/// -(size - 1) / (2 sqrt 2) to (size - 1) / (2 sqrt 2). Outer weights that sum to less than 1e-8 on both
/// sides together are left out: they change a result in [0, 1] by less than a quarter of float32's rounding
/// at 1.
void gaussian_weights(int size, double sigma, std::vector<float>& weights);

/// One axis of a blur.
struct BlurAxis {
  std::vector<float> weights;  ///< odd in number
  int radius() const { return static_cast<int>(weights.size() / 2); }
};

/// Blurs a row of `width` pixels along x. `padded` is working memory.
void blur_row(const float* row, int width, const BlurAxis& axis, std::vector<float>& padded, float* out);

/// Row y of `from` blurred along y, one channel.
void blur_column_row(const Planes& from, size_t channel, int y, const BlurAxis& axis,
                     std::vector<const float*>& rows, float* out);

}  // namespace sslmem
