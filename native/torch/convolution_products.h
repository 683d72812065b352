#pragma once
// Convolutions with large filters over small maps, in float32: a matrix product for each pixel and tap. On a
// map of 4 x 4 a third of the taps of a 3 x 3 filter lie outside; they are left out here and multiplied with
// zeros elsewhere.

#include "convolution_plain.h"

namespace sslmem::torch {

class PixelProducts {
 public:
  /// Nothing unless the precision is fp32, the map is small and the filter is not.
  static std::optional<PixelProducts> fit(const Call& call, at::IntArrayRef x, at::IntArrayRef filter);

  at::Tensor forward(const at::Tensor& x, const at::Tensor& filter) const;
  at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& filter) const;
  /// In memory [outputs, size, size, inputs].
  at::Tensor filter_gradient(const at::Tensor& x, const at::Tensor& dy) const;

 private:
  ConvolutionShape shape_;
  explicit PixelProducts(const ConvolutionShape& shape) : shape_(shape) {}

  /// Calls body(output pixel, input pixel, tap) for every tap that lies inside.
  template <class Body>
  void each(const Body& body) const;
};

}  // namespace sslmem::torch
