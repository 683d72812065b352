#pragma once
// Gradient of a convolution's filter in bf16 by matrix tiles, summed and kept in float32.
//
// The sum over images is the inner dimension of the products: image and gradient are first rearranged, 32
// images to a tile, after which every filter tap, stride and map size is the same sequence of whole tiles.
// oneDNN, by comparison, is slow where filters are large and maps small.

#include <cstdint>

#include "shape.h"

namespace sslmem::amx {

/// Numbers of scratch memory (bf16, aligned to 64 bytes) that filter_gradient needs.
int64_t filter_gradient_scratch(const ConvolutionShape& shape);

/// dw[o, r, s, i] = Σ x[n, oh·stride + r − padding, ow·stride + s − padding, i] · dy[n, oh, ow, o], float32
/// [padded_channels(outputs), size, size,
/// padded_channels(inputs)]; what it holds beyond the channels is 0. Threads change no
/// bit. `emulate`: by plain C++, for tests.
void filter_gradient(const ConvolutionShape& shape, const uint16_t* x, const uint16_t* dy, float* dw,
                     uint16_t* scratch, const Parallel& parallel, bool emulate = false);

}  // namespace sslmem::amx
