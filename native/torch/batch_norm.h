#pragma once
// Training-mode batch normalisation with optional residual and ReLU, in one pass over memory for the
// statistics and one for the result; two for the gradients.

#include <ATen/ATen.h>

namespace sslmem::torch {

struct BatchNorm {
  at::Tensor y;         // as x
  at::Tensor mean;      // float32 [channels]
  at::Tensor variance;  // float32 [channels], unbiased
  at::Tensor invstd;    // float32 [channels], 1 / sqrt(biased variance + epsilon)
};

/// y = relu(gamma (x − mean) invstd + beta + residual). x [..., channels], float32 or bfloat16, contiguous;
/// residual undefined or of x's shape and dtype; statistics in float32 with sums in float64.
BatchNorm batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                     const at::Tensor& residual, double epsilon, bool relu);

struct BatchNormGradient {
  at::Tensor dx;         // as x
  at::Tensor dgamma;     // float32 [channels]
  at::Tensor dbeta;      // float32 [channels]
  at::Tensor dresidual;  // as x; undefined unless asked for
};

/// `y` is looked at for the ReLU only, and may be undefined without one.
BatchNormGradient batch_norm_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma,
                                      const at::Tensor& mean, const at::Tensor& invstd, const at::Tensor& y,
                                      bool relu, bool residual);

}  // namespace sslmem::torch
