// Normalisations of TensorFlow.js; the training ones are in fused.cpp and batch_norm.cpp.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

/// Sums over channels within `radius` of each channel (the last axis).
at::Tensor neighbours(const at::Tensor& x, int64_t radius) {
  const int64_t n = x.size(-1);
  const at::Tensor places = at::arange(n, x.options());
  const at::Tensor band =
      at::le(at::abs(places.unsqueeze(0) - places.unsqueeze(1)), radius).to(x.scalar_type());
  return at::matmul(x, band);
}

}  // namespace

void add_normalization_kernels(KernelTable& table) {
  table["FusedBatchNorm"] = [](const Call& c) -> Tensors {
    const at::Tensor x = wide(c.input(0)), scale = c.input(1), offset = c.input(2), mean = c.input(3);
    at::Tensor factor = at::rsqrt(c.input(4) + c.attributes.number("varianceEpsilon"));
    if (scale.defined()) factor = factor * scale;
    const at::Tensor y = (x - mean) * factor;
    return {offset.defined() ? y + offset : y};
  };
  table["LRN"] = [](const Call& c) -> Tensors {
    const at::Tensor x = wide(c.input(0));
    const at::Tensor sums = neighbours(at::square(x), c.attributes.integer("depthRadius"));
    return {x * at::pow(sums * c.attributes.number("alpha") + c.attributes.number("bias"),
                        -c.attributes.number("beta"))};
  };
  table["LRNGrad"] = [](const Call& c) -> Tensors {
    const at::Tensor x = wide(c.input(0)), y = wide(c.input(1)), dy = wide(c.input(2));
    const int64_t radius = c.attributes.integer("depthRadius");
    const double alpha = c.attributes.number("alpha"), beta = c.attributes.number("beta");
    const at::Tensor base = neighbours(at::square(x), radius) * alpha + c.attributes.number("bias");
    return {dy * at::pow(base, -beta) - x * (2 * alpha * beta) * neighbours(dy * y / base, radius)};
  };
}

}  // namespace sslmem::torch
