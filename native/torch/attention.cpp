// Attention, and its plain twin's kernels of src/engine/ops/attention.ts.
#include <cmath>

#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

/// q kᵀ / √d. ATen's fused attention differs from device to device in what it takes and gives back; off the
/// CPU its parts are taken, which keep the matrix of weights for the time of the call.
at::Tensor scaled_products(const at::Tensor& q, const at::Tensor& k) {
  return at::matmul(q, k.transpose(-1, -2)).mul_(1 / std::sqrt(static_cast<double>(q.size(-1))));
}

Tensors attention_by_parts(const Call& c) {
  const at::Tensor scores = scaled_products(wide(c.inputs.at(0)), wide(c.inputs.at(1)));
  const at::Tensor log_sum = at::logsumexp(scores, {-1});
  return {at::matmul(at::exp(scores - log_sum.unsqueeze(-1)), wide(c.inputs.at(2))), log_sum};
}

Tensors attention_gradient_by_parts(const Call& c) {
  const at::Tensor dy = wide(c.inputs.at(0)), q = wide(c.inputs.at(1)), k = wide(c.inputs.at(2)),
                   v = wide(c.inputs.at(3)), y = wide(c.inputs.at(4)), log_sum = c.inputs.at(5);
  const at::Tensor weights = at::exp(scaled_products(q, k) - log_sum.unsqueeze(-1));
  const at::Tensor dv = at::matmul(weights.transpose(-1, -2), dy);
  const at::Tensor dweights = at::matmul(dy, v.transpose(-1, -2));
  const at::Tensor slope =
      weights * (dweights - at::sum(dy * y, {-1}, true)) / std::sqrt(static_cast<double>(q.size(-1)));
  return {at::matmul(slope, k), at::matmul(slope.transpose(-1, -2), q), dv};
}

bool by_parts(const Call& c) { return !c.inputs.at(0).is_cpu() || c.attributes.flag("byParts"); }

/// Inputs q, k, v [batch, heads, tokens, d]; results the output and each row's log-sum-exp, which the
/// gradient needs. Attribute byParts: as off the CPU (for tests).
Tensors attention(const Call& c) {
  if (by_parts(c)) return attention_by_parts(c);
  const auto [y, log_sum] =
      at::_scaled_dot_product_flash_attention_for_cpu(wide(c.input(0)), wide(c.input(1)), wide(c.input(2)));
  return {y, log_sum};
}

Tensors attention_gradient(const Call& c) {
  if (by_parts(c)) return attention_gradient_by_parts(c);
  const auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
      wide(c.input(0)), wide(c.input(1)), wide(c.input(2)), wide(c.input(3)), c.input(4), c.input(5), 0.0,
      false);
  return {dq, dk, dv};
}

/// Queries, keys and values of [n, tokens, 3 · heads · d] as [n, heads, tokens, d], without copies. In the
/// bf16 precision they are bf16 where the product that made them was: scores and softmax are float32 inside.
Call split_heads(const Call& c, const at::Tensor& qkv, int64_t heads) {
  const at::Tensor parts =
      qkv.reshape({qkv.size(0), qkv.size(1), 3, heads, qkv.size(2) / (3 * heads)}).permute({2, 0, 3, 1, 4});
  Call split = c;
  split.inputs = {parts[0], parts[1], parts[2]};
  return split;
}

/// [n, heads, tokens, d] as [n, tokens, heads · d].
at::Tensor join_heads(const at::Tensor& y) { return y.transpose(1, 2).flatten(2); }

/// Input qkv [n, tokens, 3 · heads · d], attribute heads; results the output [n, tokens, heads · d] and each
/// row's log-sum-exp.
Tensors self_attention(const Call& c) {
  const Call split = split_heads(c, c.inputs.at(0), c.attributes.integer("heads"));
  if (by_parts(c)) {
    const Tensors out = attention_by_parts(split);
    return {join_heads(out[0]), out[1]};
  }
  const auto [y, log_sum] =
      at::_scaled_dot_product_flash_attention_for_cpu(split.inputs[0], split.inputs[1], split.inputs[2]);
  return {join_heads(y), log_sum};
}

/// Inputs dy, qkv, y and the log-sum-exp; result dqkv.
Tensors self_attention_gradient(const Call& c) {
  const int64_t heads = c.attributes.integer("heads");
  const at::Tensor qkv = c.inputs.at(1);
  Call split = split_heads(c, qkv, heads);
  const auto apart = [&](const at::Tensor& x) {
    return x.to(qkv.scalar_type()).unflatten(2, {heads, -1}).transpose(1, 2);
  };
  const at::Tensor dy = apart(c.inputs.at(0)), y = apart(c.inputs.at(2)), log_sum = c.inputs.at(3);
  Tensors gradients;
  if (by_parts(c)) {
    split.inputs = {dy, split.inputs[0], split.inputs[1], split.inputs[2], y, log_sum};
    gradients = attention_gradient_by_parts(split);
  } else {
    const auto [dq, dk, dv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        dy, split.inputs[0], split.inputs[1], split.inputs[2], y, log_sum, 0.0, false);
    gradients = {dq, dk, dv};
  }
  for (at::Tensor& gradient : gradients) gradient = gradient.transpose(1, 2);
  return {at::stack(gradients, 2).flatten(2)};
}

}  // namespace

void add_attention_kernels(KernelTable& table) {
  table["SslMemAttention"] = attention;
  table["SslMemAttentionGrad"] = attention_gradient;
  table["SslMemSelfAttention"] = self_attention;
  table["SslMemSelfAttentionGrad"] = self_attention_gradient;
}

}  // namespace sslmem::torch
