#include "batch_norm.h"

#include <cmath>

namespace sslmem::reference {

BatchNorm batch_norm(const std::vector<float>& x, const std::vector<float>& gamma,
                     const std::vector<float>& beta, const std::vector<float>& residual, double epsilon,
                     bool relu) {
  const size_t channels = gamma.size(), rows = x.size() / channels;
  BatchNorm out;
  out.y.resize(x.size());
  for (size_t c = 0; c < channels; ++c) {
    double sum = 0.0, squares = 0.0;
    for (size_t r = 0; r < rows; ++r) sum += static_cast<double>(x[r * channels + c]);
    const double n = static_cast<double>(rows), mean = sum / n;
    for (size_t r = 0; r < rows; ++r) {
      const double away = static_cast<double>(x[r * channels + c]) - mean;
      squares += away * away;
    }
    const double invstd = 1.0 / std::sqrt(squares / n + epsilon);
    out.mean.push_back(mean);
    out.variance.push_back(rows > 1 ? squares / (n - 1.0) : squares / n);
    out.invstd.push_back(invstd);
    for (size_t i = c; i < x.size(); i += channels) {
      double y = static_cast<double>(gamma[c]) * (static_cast<double>(x[i]) - mean) * invstd +
                 static_cast<double>(beta[c]);
      if (!residual.empty()) y += static_cast<double>(residual[i]);
      out.y[i] = relu && y < 0.0 ? 0.0 : y;
    }
  }
  return out;
}

BatchNormGradient batch_norm_gradient(const std::vector<float>& dy, const std::vector<float>& x,
                                      const std::vector<float>& y, const std::vector<float>& gamma,
                                      const std::vector<float>& mean, const std::vector<float>& invstd) {
  const size_t channels = gamma.size(), rows = x.size() / channels;
  BatchNormGradient out;
  out.dx.resize(x.size());
  out.dresidual.resize(x.size());
  for (size_t c = 0; c < channels; ++c) {
    const double m = static_cast<double>(mean[c]), r = static_cast<double>(invstd[c]),
                 n = static_cast<double>(rows);
    double sum = 0.0, product = 0.0;
    for (size_t i = c; i < x.size(); i += channels) {
      const double dz = y.empty() || y[i] > 0.0f ? static_cast<double>(dy[i]) : 0.0;
      out.dresidual[i] = dz;
      sum += dz;
      product += dz * (static_cast<double>(x[i]) - m) * r;
    }
    out.dbeta.push_back(sum);
    out.dgamma.push_back(product);
    for (size_t i = c; i < x.size(); i += channels) {
      const double unit = (static_cast<double>(x[i]) - m) * r;
      out.dx[i] = static_cast<double>(gamma[c]) * r * (out.dresidual[i] - sum / n - unit * product / n);
    }
  }
  return out;
}

}  // namespace sslmem::reference
