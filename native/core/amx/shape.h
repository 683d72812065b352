#pragma once
// Sizes of a convolution, for the kernels over matrix tiles.

#include <cstdint>
#include <functional>

namespace sslmem::amx {

/// A convolution with a square filter and the same padding on all sides. All sizes >= 1, padding >= 0.
struct ConvolutionShape {
  int64_t images, height, width, inputs;   ///< of x: bf16 [images, height, width, inputs]
  int64_t out_height, out_width, outputs;  ///< of y and dy: bf16 [images, out_height, out_width, outputs]
  int64_t size, stride, padding;           ///< of the filter, pixels
};

/// Runs body(begin, end) over [0, count) in pieces, on several threads or one.
using Parallel = std::function<void(int64_t count, const std::function<void(int64_t, int64_t)>& body)>;

/// Channels as the kernels hold them: padded with zeros to a multiple of 32.
inline int64_t padded_channels(int64_t channels) { return (channels + 31) / 32 * 32; }

}  // namespace sslmem::amx
