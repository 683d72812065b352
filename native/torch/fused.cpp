// Our own kernels behind src/engine/ops: each has its plain twin there.
#include <algorithm>

#include "batch_norm.h"
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

Tensors batch_norm_training(const Call& c) {
  const BatchNorm out = batch_norm(c.inputs.at(0), c.input(1), c.input(2), c.input(3),
                                   c.attributes.number("epsilon"), c.attributes.flag("activate"));
  return {out.y, out.mean, out.variance, out.invstd};
}

/// Inputs dy, x, gamma, mean, invstd and, behind a ReLU, y.
Tensors batch_norm_training_gradient(const Call& c) {
  const bool residual = c.attributes.flag("residual");
  const BatchNormGradient g =
      batch_norm_gradient(c.inputs.at(0), c.inputs.at(1), c.input(2), c.input(3), c.input(4), c.input(5),
                          c.attributes.flag("activate"), residual);
  if (residual) return {g.dx, g.dgamma, g.dbeta, g.dresidual};
  return {g.dx, g.dgamma, g.dbeta};
}

Tensors layer_norm(const Call& c) {
  const at::Tensor x = wide(c.input(0));
  const auto [y, mean, rstd] =
      at::native_layer_norm(x, {x.size(-1)}, c.input(1), c.input(2), c.attributes.number("epsilon"));
  return {y, mean, rstd};
}

Tensors layer_norm_gradient(const Call& c) {
  const at::Tensor dy = wide(c.input(0)).contiguous(), x = wide(c.input(1)), gamma = c.input(2);
  const auto [dx, dgamma, dbeta] = at::native_layer_norm_backward(
      dy, x, {x.size(-1)}, c.input(3), c.input(4), gamma, at::zeros_like(gamma), {true, true, true});
  return {dx, dgamma, dbeta};
}

/// Rows of a tile of NT-Xent: similarities of so many rows to all are held at once.
constexpr int64_t kTile = 1024;

/// Inputs z [2n, d] float32, views side by side. Results: loss [], gradient dz [2n, d], whether the most
/// similar other view is the right one [2n] (int32). The similarities are made a tile of rows at a time and
/// never all kept.
Tensors nt_xent(const Call& c) {
  const at::Tensor z = wide(c.inputs.at(0));
  const double temperature = c.attributes.number("temperature");
  const int64_t rows = z.size(0);
  TORCH_CHECK(z.dim() == 2 && rows >= 4 && rows % 2 == 0, "Expected [2n, d] with n >= 2 for NT-Xent");
  const at::Tensor norm = at::clamp_min(at::norm(z, 2, {1}, true), 1e-12);
  const at::Tensor unit = at::div(z, norm);
  at::Tensor du = at::zeros_like(unit);
  at::Tensor hits = at::empty({rows}, z.options().dtype(at::kInt));
  at::Tensor total =
      at::zeros({}, z.options().dtype(at::kDouble));  // there, so that no tile waits for a number
  for (int64_t first = 0; first < rows; first += kTile) {
    const int64_t n = std::min(kTile, rows - first);
    const at::Tensor place = at::arange(first, first + n, z.options().dtype(at::kLong));
    const at::Tensor other = at::bitwise_xor(place, 1), own = unit.narrow(0, first, n);
    at::Tensor logits = at::matmul(own, unit.t()).div_(temperature);
    logits.scatter_(1, place.unsqueeze(1), -INFINITY);
    const at::Tensor log_sum = at::logsumexp(logits, {1}, true);
    total.add_(at::sum(log_sum.squeeze(1) - logits.gather(1, other.unsqueeze(1)).squeeze(1), at::kDouble));
    hits.narrow(0, first, n).copy_(at::eq(at::argmax(logits, 1), other));
    // d loss / d logits = (softmax − target) / (2n), of which both operands of the product get their share.
    at::Tensor slope = at::exp(logits - log_sum);
    slope.scatter_add_(1, other.unsqueeze(1), at::full({n, 1}, -1.0, slope.options()));
    slope.div_(temperature * static_cast<double>(rows));
    du.narrow(0, first, n).add_(at::matmul(slope, unit));
    du.add_(at::matmul(slope.t(), own));
  }
  // Through the normalisation: the part of du along u changes nothing.
  const at::Tensor dz = at::div(du - unit * at::sum(du * unit, {1}, true), norm);
  return {at::div(total, static_cast<double>(rows)).to(at::kFloat), dz, hits};
}

}  // namespace

void add_fused_kernels(KernelTable& table) {
  table["SslMemBatchNormTraining"] = batch_norm_training;
  table["SslMemBatchNormTrainingGrad"] = batch_norm_training_gradient;
  table["SslMemRelu"] = [](const Call& c) -> Tensors { return {at::relu(c.input(0))}; };
  table["SslMemReluGrad"] = [](const Call& c) -> Tensors {
    const at::Tensor y = c.input(1);
    return {at::threshold_backward(c.input(0).to(y.scalar_type()), y, 0)};
  };
  table["SslMemLayerNorm"] = layer_norm;
  table["SslMemLayerNormGrad"] = layer_norm_gradient;
  table["SslMemGelu"] = [](const Call& c) -> Tensors { return {at::gelu(c.input(0))}; };
  table["SslMemGeluGrad"] = [](const Call& c) -> Tensors {
    const at::Tensor x = c.input(1);
    return {at::gelu_backward(c.input(0).to(x.scalar_type()), x)};
  };
  table["SslMemNtXent"] = nt_xent;
}

}  // namespace sslmem::torch
