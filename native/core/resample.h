#pragma once
// Resizing: the kernels that apply the weights of resample_weights.h.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "planes.h"
#include "resample_weights.h"

namespace sslmem {

/// A resize of a box of a uint8 RGB image, row by row: first along y (contiguous, straight from the bytes),
/// then along x.
class ByteResampler {
 public:
  /// The box (inside the image of `image_width` pixels a row) begins at `pixels`. The weights along y are
  /// scaled by 1/255 here. Flips are asked for here too.
  void prepare(const uint8_t* pixels, size_t image_width, int height, int width, const Op& op, bool flip_rows,
               bool flip_columns);

  /// Writes rows [begin, end) of the result, on the [0, 1] scale, to planes of rows without gaps.
  void rows(int begin, int end, PlanePointers to);

 private:
  const uint8_t* pixels_ = nullptr;
  size_t row_bytes_ = 0;
  int width_ = 0;
  AxisWeights along_y_, along_x_;
  std::vector<float> row_;
};

/// The same from float planes, for a resize that comes later in a chain.
class PlaneResampler {
 public:
  void apply(const Planes& from, const Op& op, OutputSize size, Planes& to);

 private:
  AxisWeights along_y_, along_x_;
  std::vector<float> row_;
};

}  // namespace sslmem
