#pragma once
// The convolutions of residual networks: square filter, one stride, the same padding on all sides, channels
// last.

#include <optional>

#include "core/amx/shape.h"
#include "kernels.h"

namespace sslmem::torch {

using ConvolutionShape = amx::ConvolutionShape;

/// Sizes of such a convolution on the CPU; nothing for any other.
/// @param x [n, height, width, inputs] @param filter [size, size, inputs, outputs]
std::optional<ConvolutionShape> plain_convolution(const Call& call, at::IntArrayRef x,
                                                  at::IntArrayRef filter);

/// A filter [size, size, inputs, outputs] as [outputs, size · size, inputs], float32; free of cost where it
/// lies in memory like that.
at::Tensor filter_by_outputs(const at::Tensor& filter);

/// The other way round.
at::Tensor filter_by_taps(const at::Tensor& by_outputs, const ConvolutionShape& shape);

}  // namespace sslmem::torch
