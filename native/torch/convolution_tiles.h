#pragma once
// Convolutions in bf16 by the processor's matrix tiles (core/amx), where they fit; ATen does all others.

#include <optional>

#include "core/amx/shape.h"
#include "kernels.h"

namespace sslmem::torch {

class Tiles {
 public:
  /// Nothing unless the precision is bf16, the processor has tiles, and the convolution is a plain square one
  /// over enough images. @param x [n, height, width, inputs] @param filter [size, size, inputs, outputs]
  static std::optional<Tiles> fit(const Call& call, at::IntArrayRef x, at::IntArrayRef filter);

  /// bf16 [n, out height, out width, outputs]: relu(convolution + bias + residual); bias (float32 [outputs])
  /// and residual (the result's shape) may be undefined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& filter, const at::Tensor& bias = {},
                     const at::Tensor& residual = {}, bool relu = false) const;
  /// bf16 of x's shape.
  at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& filter) const;
  /// float32 [size, size, inputs, outputs], in memory [outputs, size, size, inputs].
  at::Tensor filter_gradient(const at::Tensor& x, const at::Tensor& dy) const;

 private:
  amx::ConvolutionShape shape_;
};

}  // namespace sslmem::torch
