#pragma once
// Gradient of a convolution's filter in bf16 by matrix tiles, summed and kept in float32.
//
// The sum over images is the inner dimension of the products: image and gradient are first rearranged, 32
// images to a tile, after which every filter tap, stride and map size is the same sequence of whole tiles.
// oneDNN, by comparison, is slow where filters are large and maps small.

#include <cstdint>
#include <functional>

namespace sslmem::amx {

/// A convolution with a square filter and the same padding on all sides. All sizes >= 1, padding >= 0.
struct ConvolutionShape {
  int64_t images, height, width, inputs;   ///< of x: bf16 [images, height, width, inputs]
  int64_t out_height, out_width, outputs;  ///< of dy: bf16 [images, out_height, out_width, outputs]
  int64_t size, stride, padding;           ///< of the filter, pixels
};

/// Runs body(begin, end) over [0, count) in pieces, on several threads or one.
using Parallel = std::function<void(int64_t count, const std::function<void(int64_t, int64_t)>& body)>;

/// Numbers of scratch memory (bf16, aligned to 64 bytes) that filter_gradient needs.
int64_t filter_gradient_scratch(const ConvolutionShape& shape);

/// Channels of dw: padded to multiples of 32.
int64_t padded_channels(int64_t channels);

/// dw[o, r, s, i] = Σ x[n, oh·stride + r − padding, ow·stride + s − padding, i] · dy[n, oh, ow, o], float32
/// [padded outputs, size, size, padded inputs]; what it holds beyond the channels is 0. Threads change no
/// bit. `emulate`: by plain C++, for tests.
void filter_gradient(const ConvolutionShape& shape, const uint16_t* x, const uint16_t* dy, float* dw,
                     uint16_t* scratch, const Parallel& parallel, bool emulate = false);

}  // namespace sslmem::amx
