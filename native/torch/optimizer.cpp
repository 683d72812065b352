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

/// What an adapted parameter's rate is multiplied by [n]: trust ‖w‖ / ‖g + decay w‖, and 1 where a norm is 0;
/// in solo's form trust ‖w‖ / (‖g‖ + decay ‖w‖ + 1e-8), and nothing is decayed that has no gradient. `clip`:
/// divided by the rate and at most 1. `bare` and `decayed` are gradients before and after decay was added.
at::Tensor trust_ratio(const Call& c, const Tensors& weights, const Tensors& bare, const Tensors& decayed) {
  const bool is_solo = c.attributes.text("form", "classic") == "solo";
  const at::Tensor size = norms(weights), slope = norms(is_solo ? bare : decayed);
  const at::Tensor below = is_solo ? slope + size * c.attributes.number("decay") + 1e-8 : slope;
  at::Tensor ratio = size / below * c.attributes.number("trust");
  if (c.attributes.flag("clip")) ratio = at::clamp_max(ratio / c.attributes.number("rate"), 1.0);
  const at::Tensor otherwise = is_solo ? at::gt(slope, 0).to(at::kFloat) : at::ones_like(size);
  return at::where(at::logical_and(size > 0, slope > 0), ratio, otherwise);
}

/// Inputs: weights, velocities, gradients. You et al. 2017: g ← g + decay w, times its trust ratio with
/// `adapt`. Form classic (SimCLR's): v ← momentum v + rate g; w ← w − v. Forms later and solo: v ← momentum v
/// + g; w ← w − rate v. Nothing waits for the device.
Tensors lars(const Call& c) {
  const Tensors weights = list(c, 0, 3), velocities = list(c, 1, 3);
  Tensors gradients = widened(list(c, 2, 3));
  adopt_layout(weights, gradients);
  adopt_layout(velocities, gradients);
  const bool is_classic = c.attributes.text("form", "classic") == "classic";
  const double rate = c.attributes.number("rate"), inside = is_classic ? rate : 1;
  at::_foreach_mul_(velocities, c.attributes.number("momentum"));
  const Tensors bare = gradients;
  const double decay = c.attributes.number("decay");
  if (decay != 0) gradients = at::_foreach_add(gradients, weights, decay);
  if (!c.attributes.flag("adapt")) {
    at::_foreach_add_(velocities, gradients, inside);
  } else {
    const at::Tensor ratio = trust_ratio(c, weights, bare, gradients);
    at::_foreach_add_(velocities, at::_foreach_mul(gradients, at::unbind(ratio * inside)));
  }
  if (is_classic)
    at::_foreach_sub_(weights, velocities);
  else
    at::_foreach_add_(weights, velocities, -rate);
  return {};
}

/// Inputs: tensors. Results: the same scaled so that the norm of all together, or with `each` that of every
/// one, is at most `limit`, as torch.nn.utils.clip_grad_norm_ does; then the norm of all before.
Tensors clip_norm(const Call& c) {
  const at::Tensor own = norms(c.inputs), all = at::norm(own);
  const bool is_each = c.attributes.flag("each");
  const at::Tensor factor = at::clamp_max(c.attributes.number("limit") / ((is_each ? own : all) + 1e-6), 1.0);
  Tensors results =
      at::_foreach_mul(widened(c.inputs), is_each ? at::unbind(factor) : Tensors(c.inputs.size(), factor));
  results.push_back(all);
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
