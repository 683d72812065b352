#pragma once
// Convolution in bf16 by matrix tiles with float32 sums, and the gradient of its input, which is the same
// with the filter turned round.
//
// A row of a tile is an image: whatever the size of the map, its borders or the stride, an output pixel of 32
// images is the same sequence of whole tiles, and taps that lie outside are left out.

#include <cstdint>

#include "shape.h"

namespace sslmem::amx {

/// What becomes of the sums before they are rounded to bf16: y = relu(sum + bias + residual).
struct Finish {
  const float* bias = nullptr;         ///< [channels of the result], or none
  const uint16_t* residual = nullptr;  ///< bf16, the result's shape, or none
  bool relu = false;
};

/// Numbers of scratch memory (bf16, aligned to 64 bytes) that the filter takes.
int64_t convolution_scratch(const ConvolutionShape& shape);

/// y[n, oh, ow, o] = Σ x[n, oh·stride + r − padding, ow·stride + s − padding, i] · filter[o, r, s, i], the
/// filter float32 [outputs, size, size, inputs] rounded to bf16 first. Threads change no bit. `emulate`: by
/// plain C++, for tests.
void convolution(const ConvolutionShape& shape, const uint16_t* x, const float* filter, uint16_t* y,
                 const Finish& finish, uint16_t* scratch, const Parallel& parallel, bool emulate = false);

/// dx[n, ih, iw, i] = Σ dy[n, oh, ow, o] · filter[o, r, s, i] over ih = oh·stride + r − padding and likewise
/// iw.
void input_gradient(const ConvolutionShape& shape, const uint16_t* dy, const float* filter, uint16_t* dx,
                    uint16_t* scratch, const Parallel& parallel, bool emulate = false);

}  // namespace sslmem::amx
