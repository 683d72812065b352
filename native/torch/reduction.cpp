// Sums, extremes and running sums. Float sums of bf16 are made in float32.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

Tensors sum(const Call& c) {
  const at::Tensor& x = c.inputs.at(0);
  const auto axes = axes_of(c, "axis", x.dim());
  const bool keep = c.attributes.flag("keepDims");
  if (axes.empty()) return {x.scalar_type() == at::kBool ? x.to(at::kInt) : x};
  const auto dtype = x.is_complex() ? at::kComplexFloat : x.is_floating_point() ? at::kFloat : at::kInt;
  return {at::sum(x, axes, keep, dtype)};
}

Tensors mean(const Call& c) {
  const at::Tensor x = c.input(0);
  const auto axes = axes_of(c, "axis", x.dim());
  if (axes.empty()) return {x.to(at::kFloat)};
  return {at::mean(x, axes, c.attributes.flag("keepDims"), at::kFloat)};
}

Tensors product(const Call& c) {
  at::Tensor x = c.input(0);
  auto axes = axes_of(c, "axis", x.dim());
  std::sort(axes.rbegin(), axes.rend());
  const auto dtype = x.is_floating_point() ? at::kFloat : at::kInt;
  for (const int64_t axis : axes) x = at::prod(x, axis, c.attributes.flag("keepDims"), dtype);
  return {x};
}

template <at::Tensor (*Op)(const at::Tensor&, at::IntArrayRef, bool)>
Tensors over_axes(const Call& c, const std::string& name) {
  const at::Tensor& x = c.inputs.at(0);
  const auto axes = axes_of(c, name, x.dim());
  return {axes.empty() ? x : Op(x, axes, c.attributes.flag("keepDims"))};
}

at::Tensor all_of(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  return at::all(x.to(at::kBool), axes, keep);
}
at::Tensor any_of(const at::Tensor& x, at::IntArrayRef axes, bool keep) {
  return at::any(x.to(at::kBool), axes, keep);
}

/// Index of the first extreme value; ATen takes any.
Tensors first_extreme(const Call& c, bool largest) {
  at::Tensor x = wide(c.input(0));
  const int64_t axis = axes_of(c, "axis", x.dim()).at(0);
  // NaN is never the extreme one.
  if (x.is_floating_point())
    x = at::where(at::isnan(x), at::full({}, largest ? -INFINITY : INFINITY, x.options()), x);
  const at::Tensor extreme = largest ? at::amax(x, axis, true) : at::amin(x, axis, true);
  const at::Tensor match = at::eq(x, extreme);
  // The first of equal values: places count down, so the largest matching one is the first.
  const int64_t n = x.size(axis);
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[static_cast<size_t>(axis)] = n;
  const at::Tensor countdown = at::arange(n, 0, -1, x.options().dtype(at::kInt)).view(shape);
  return {(n - at::amax(at::mul(match.to(at::kInt), countdown), axis)).to(at::kInt)};
}

Tensors running(const Call& c, bool multiply) {
  at::Tensor x = wide(c.input(0));
  const int64_t axis = axes_of(c, "axis", x.dim()).at(0);
  const bool reverse = c.attributes.flag("reverse");
  if (reverse) x = at::flip(x, axis);
  const auto dtype = x.scalar_type() == at::kBool ? at::kInt : x.scalar_type();
  at::Tensor y = multiply ? at::cumprod(x, axis, dtype) : at::cumsum(x, axis, dtype);
  if (c.attributes.flag("exclusive")) {
    const int64_t n = x.size(axis);
    at::Tensor first = at::full_like(y.narrow(axis, 0, std::min<int64_t>(n, 1)), multiply ? 1 : 0);
    y = n == 0 ? y : at::cat({first, y.narrow(axis, 0, n - 1)}, axis);
  }
  return {reverse ? at::flip(y, axis) : y};
}

}  // namespace

void add_reduction_kernels(KernelTable& table) {
  table["Sum"] = sum;
  table["Mean"] = mean;
  table["Prod"] = product;
  table["Max"] = [](const Call& c) {
    return over_axes<at::amax>(c, c.attributes.has("reductionIndices") ? "reductionIndices" : "axis");
  };
  table["Min"] = [](const Call& c) { return over_axes<at::amin>(c, "axis"); };
  table["All"] = [](const Call& c) { return over_axes<all_of>(c, "axis"); };
  table["Any"] = [](const Call& c) { return over_axes<any_of>(c, "axis"); };
  table["ArgMax"] = [](const Call& c) { return first_extreme(c, true); };
  table["ArgMin"] = [](const Call& c) { return first_extreme(c, false); };
  table["Cumsum"] = [](const Call& c) { return running(c, false); };
  table["Cumprod"] = [](const Call& c) { return running(c, true); };
}

}  // namespace sslmem::torch
