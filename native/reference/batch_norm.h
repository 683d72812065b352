#pragma once
// Training-mode batch normalisation written straight from its definition (Ioffe and Szegedy 2015, algorithm
// 1), in double. For tests only.

#include <cstddef>
#include <vector>

namespace sslmem::reference {

struct BatchNorm {
  std::vector<double> y;                       // [rows, channels]
  std::vector<double> mean, variance, invstd;  // [channels]; variance unbiased, invstd of the biased one
};

/// y = relu(gamma (x - mean) invstd + beta + residual); residual empty or of x's size [rows, channels].
BatchNorm batch_norm(const std::vector<float>& x, const std::vector<float>& gamma,
                     const std::vector<float>& beta, const std::vector<float>& residual, double epsilon,
                     bool relu);

struct BatchNormGradient {
  std::vector<double> dx, dresidual;  // [rows, channels]
  std::vector<double> dgamma, dbeta;  // [channels]
};

/// With forward's float32 mean and invstd; y is forward's result, or empty without a ReLU.
BatchNormGradient batch_norm_gradient(const std::vector<float>& dy, const std::vector<float>& x,
                                      const std::vector<float>& y, const std::vector<float>& gamma,
                                      const std::vector<float>& mean, const std::vector<float>& invstd);

}  // namespace sslmem::reference
