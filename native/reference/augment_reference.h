#pragma once
// The slow twin of native/core/augment.h: one operation after the other on float64 images, nothing fused. For
// tests.

#include <vector>

#include "core/augment.h"

namespace sslmem::reference {

/// float64 [height, width, 3].
struct Image {
  int height = 0, width = 0;
  std::vector<double> values;

  Image(int rows, int columns)
      : height(rows), width(columns), values(static_cast<size_t>(rows) * static_cast<size_t>(columns) * 3) {}
  double& at(int y, int x, int c) {
    return values[(static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) * 3 +
                  static_cast<size_t>(c)];
  }
  double at(int y, int x, int c) const { return const_cast<Image*>(this)->at(y, x, c); }
};

/// What augment_image computes. Only the positions of a resize are rounded to float32, because torch's are
/// (resample_weights.h).
Image augment(const ImageView& image, const std::vector<Op>& ops);

/// One resize to height x width.
Image resize(const Image& image, int height, int width, Interpolation interpolation, bool antialias);

/// One colour operation, in place.
void color(const Op& op, Image& image);

}  // namespace sslmem::reference
