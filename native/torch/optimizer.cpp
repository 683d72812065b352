// Multi-tensor updates, in place: the tensors that are updated own their memory (the binding sees to it).
#include <cmath>

#include "kernels.h"
#include "layout.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

/// Inputs are `groups` lists of equal length, one after the other; the list numbered `which`.
Tensors list(const Call& c, size_t which, size_t groups) {
  const size_t n = c.inputs.size() / groups;
  return {c.inputs.begin() + static_cast<std::ptrdiff_t>(which * n),
          c.inputs.begin() + static_cast<std::ptrdiff_t>((which + 1) * n)};
}

/// In float32: gradients of matrix products come as bf16 in that precision, and updates are made in float32.
Tensors widened(Tensors tensors) {
  for (at::Tensor& tensor : tensors) tensor = wide(tensor);
  return tensors;
}

/// Inputs: weights, velocities, gradients. v ← momentum v + g + decay w; w ← w − rate v. The velocities begin
/// at zero, so the first step is torch.optim.SGD's.
Tensors sgd(const Call& c) {
  const Tensors weights = list(c, 0, 3), velocities = list(c, 1, 3);
  Tensors gradients = widened(list(c, 2, 3));
  adopt_layout(weights, gradients);
  adopt_layout(velocities, gradients);
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
                gradients = widened(list(c, 3, 4));
  for (const Tensors& updated : {weights, first, second}) adopt_layout(updated, gradients);
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

/// The Euclidean norms of all tensors [n], float32.
at::Tensor norms(const Tensors& tensors) { return at::stack(at::_foreach_norm(tensors, 2, at::kFloat)); }

/// Inputs: weights, velocities, gradients. You et al. 2017 in SimCLR's form: with `adapt`, g ← g + decay w
/// and its rate times trust ‖w‖ / ‖g‖ (1 where a norm is 0); v ← momentum v + rate g; w ← w − v. Nothing
/// waits for the device.
Tensors lars(const Call& c) {
  const Tensors weights = list(c, 0, 3), velocities = list(c, 1, 3);
  Tensors gradients = widened(list(c, 2, 3));
  adopt_layout(weights, gradients);
  adopt_layout(velocities, gradients);
  const double rate = c.attributes.number("rate");
  at::_foreach_mul_(velocities, c.attributes.number("momentum"));
  const double decay = c.attributes.number("decay");
  if (decay != 0) gradients = at::_foreach_add(gradients, weights, decay);
  if (!c.attributes.flag("adapt")) {
    at::_foreach_add_(velocities, gradients, rate);
  } else {
    const at::Tensor size = norms(weights), slope = norms(gradients);
    const at::Tensor ratio = at::where(at::logical_and(size > 0, slope > 0),
                                       size / slope * c.attributes.number("trust"), at::ones_like(size));
    at::_foreach_add_(velocities, at::_foreach_mul(gradients, at::unbind(ratio * rate)));
  }
  at::_foreach_sub_(weights, velocities);
  return {};
}

/// Inputs: tensors. Results: the same scaled so that the norm of all together is at most `limit`, as
/// torch.nn.utils.clip_grad_norm_ does, and that norm before.
Tensors clip_norm(const Call& c) {
  const at::Tensor norm = at::norm(norms(c.inputs));
  const at::Tensor factor = at::clamp_max(c.attributes.number("limit") / (norm + 1e-6), 1.0);
  Tensors results = at::_foreach_mul(widened(c.inputs), Tensors(c.inputs.size(), factor));
  results.push_back(norm);
  return results;
}

/// Inputs: running values, new values. running ← running + (new − running) · share.
Tensors moving_average(const Call& c) {
  at::_foreach_lerp_(list(c, 0, 2), widened(list(c, 1, 2)), c.attributes.number("share"));
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
  table["SslMemLars"] = lars;
  table["SslMemClipNorm"] = clip_norm;
  table["SslMemMovingAverage"] = moving_average;
  table["SslMemAssign"] = assign;
  table["SslMemCopy"] = [](const Call& c) -> Tensors { return {c.inputs.at(0).clone()}; };
}

}  // namespace sslmem::torch
