// Multi-tensor updates, in place: the tensors that are updated own their memory (the binding sees to it).
#include <cmath>

#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

/// Inputs are `groups` lists of equal length, one after the other; the list numbered `which`.
Tensors list(const Call& c, size_t which, size_t groups) {
  const size_t n = c.inputs.size() / groups;
  return {c.inputs.begin() + static_cast<std::ptrdiff_t>(which * n),
          c.inputs.begin() + static_cast<std::ptrdiff_t>((which + 1) * n)};
}

/// Inputs: weights, velocities, gradients. v ← momentum v + g + decay w; w ← w − rate v. The velocities begin
/// at zero, so the first step is torch.optim.SGD's.
Tensors sgd(const Call& c) {
  const Tensors weights = list(c, 0, 3), velocities = list(c, 1, 3);
  Tensors gradients = list(c, 2, 3);
  const double decay = c.attributes.number("decay");
  if (decay != 0) gradients = at::_foreach_add(gradients, weights, decay);
  at::_foreach_mul_(velocities, c.attributes.number("momentum"));
  at::_foreach_add_(velocities, gradients);
  at::_foreach_add_(weights, velocities, -c.attributes.number("rate"));
  return {};
}

/// Inputs: weights, first moments, second moments, gradients; `step` from 0. Loshchilov and Hutter 2019.
Tensors adamw(const Call& c) {
  const Tensors weights = list(c, 0, 4), first = list(c, 1, 4), second = list(c, 2, 4),
                gradients = list(c, 3, 4);
  const double beta1 = c.attributes.number("beta1"), beta2 = c.attributes.number("beta2"),
               rate = c.attributes.number("rate"), n = c.attributes.number("step") + 1;
  at::_foreach_mul_(weights, 1 - rate * c.attributes.number("decay"));
  at::_foreach_lerp_(first, gradients, 1 - beta1);
  at::_foreach_mul_(second, beta2);
  at::_foreach_addcmul_(second, gradients, gradients, 1 - beta2);
  Tensors denominator = at::_foreach_sqrt(second);
  at::_foreach_div_(denominator, std::sqrt(1 - std::pow(beta2, n)));
  at::_foreach_add_(denominator, c.attributes.number("epsilon"));
  at::_foreach_addcdiv_(weights, first, denominator, -rate / (1 - std::pow(beta1, n)));
  return {};
}

/// Inputs: running values, new values. running ← running + (new − running) · share.
Tensors moving_average(const Call& c) {
  at::_foreach_lerp_(list(c, 0, 2), list(c, 1, 2), c.attributes.number("share"));
  return {};
}

/// Inputs: tensors that are written to, and as many of the same shapes with their new values.
Tensors assign(const Call& c) {
  const Tensors to = list(c, 0, 2), from = list(c, 1, 2);
  for (size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
  return {};
}

}  // namespace

void add_optimizer_kernels(KernelTable& table) {
  table["SslMemSgd"] = sgd;
  table["SslMemAdamW"] = adamw;
  table["SslMemMovingAverage"] = moving_average;
  table["SslMemAssign"] = assign;
}

}  // namespace sslmem::torch
