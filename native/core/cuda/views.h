#pragma once
// Views on an NVIDIA GPU: what augment.h does on the CPU, for a batch, in a few kernels. Every pointer is to
// device memory (or memory that the device can read), every call only queues work on the stream and throws
// std::runtime_error if it cannot be started, std::invalid_argument if a size is out of range. Results are
// within 1e-5 of the CPU's.
//
// Images on the way are float32 planes [views, 3, height, width] on the [0, 1] scale.

#include <cstddef>
#include <cstdint>

#include "core/op.h"
#include "core/point_op.h"

struct CUstream_st;

namespace sslmem::cuda {

using Stream = CUstream_st*;  ///< cudaStream_t

/// A box of a decoded image and how it becomes a view. The box may leave the image: outside is black, as in
/// torchvision's crop.
struct CropView {
  const uint8_t* pixels;              ///< device; RGB uint8 [image_height, image_width, 3]
  int32_t image_height, image_width;  ///< >= 1
  int32_t top, left, height, width;   ///< the box; sides >= 1
  Interpolation interpolation;        ///< of the antialiased resize
  bool flip_rows, flip_columns;       ///< after the resize
};

/// Crop, antialiased resize to height x width (resample_weights.h, antialias) and flips of each view:
/// planes [count, 3, height, width] = views[0 … count).
void resized_crop(const CropView* views, size_t count, int height, int width, float* planes, Stream stream);

/// Pointwise colour operations, in place: view i gets ops[begin[i] … begin[i + 1]). `most` is the largest
/// number of operations of a view, at most kMaxPointOps. A contrast takes the mean of its view as the
/// operations before it leave it, summed in float64.
void point_ops(float* planes, size_t count, int height, int width, const PointOp* ops, const int32_t* begin,
               int most, Stream stream);
constexpr int kMaxPointOps = 1024;

/// Gaussian blur with mirrored borders, in place, along x and then along y; `spare` is as large as `planes`.
/// weights: float32 [count, 2, stride], x before y; taps: int32 [count, 2], how many of them there are (odd,
/// at most 2 * side - 1), 0 for both: the view is left as it is. (gaussian_weights of blur.h makes them.)
void blur(float* planes, float* spare, size_t count, int height, int width, const float* weights,
          const int32_t* taps, int stride, Stream stream);

/// What the encoder is fed: (x - mean) * scale per channel, channels last [count, height, width, 3].
struct Normalization {
  float mean[3] = {0.0f, 0.0f, 0.0f};
  float scale[3] = {1.0f, 1.0f, 1.0f};  ///< 1 / std
};
void pack_views(const float* planes, size_t count, int height, int width, const Normalization& normalization,
                float* out, Stream stream);
/// The same as bfloat16, rounded to the nearest, halves to even.
void pack_views_bf16(const float* planes, size_t count, int height, int width,
                     const Normalization& normalization, uint16_t* out, Stream stream);

}  // namespace sslmem::cuda
