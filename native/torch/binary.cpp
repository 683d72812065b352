// Element by element, two operands with broadcasting.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

template <at::Tensor (*Op)(const at::Tensor&, const at::Tensor&)>
Tensors apply(const Call& call) {
  return {Op(call.inputs.at(0), call.inputs.at(1))};
}

template <at::Tensor (*Op)(const at::Tensor&, const at::Tensor&)>
Tensors apply_to_numbers(const Call& call) {
  // ATen adds booleans as a logical or; TensorFlow.js counts.
  const auto number = [](const at::Tensor& x) { return x.scalar_type() == at::kBool ? x.to(at::kInt) : x; };
  return {Op(number(call.inputs.at(0)), number(call.inputs.at(1)))};
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); }
at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) { return at::sub(a, b); }
at::Tensor squared_difference(const at::Tensor& a, const at::Tensor& b) { return at::square(at::sub(a, b)); }

at::Tensor floor_divide(const at::Tensor& a, const at::Tensor& b) { return at::div(a, b, "floor"); }

/// The remainder with the divisor's sign.
at::Tensor remainder(const at::Tensor& a, const at::Tensor& b) { return at::remainder(a, b); }

at::Tensor power(const at::Tensor& a, const at::Tensor& b) {
  // ATen refuses negative integer exponents; the float result is cut to an integer instead.
  if (a.is_floating_point() || b.is_floating_point()) return at::pow(a, b);
  return at::pow(a.to(at::kDouble), b.to(at::kDouble)).to(at::kInt);
}

}  // namespace

void add_binary_kernels(KernelTable& table) {
  table["Add"] = apply_to_numbers<add>;
  table["Sub"] = apply_to_numbers<subtract>;
  table["Multiply"] = apply_to_numbers<at::mul>;
  table["RealDiv"] = apply<at::true_divide>;
  table["FloorDiv"] = apply<floor_divide>;
  table["Mod"] = apply<remainder>;
  table["Pow"] = apply<power>;
  table["Maximum"] = apply_to_numbers<at::maximum>;
  table["Minimum"] = apply_to_numbers<at::minimum>;
  table["SquaredDifference"] = apply<squared_difference>;
  table["Atan2"] = apply<at::atan2>;
  table["Equal"] = apply<at::eq>;
  table["NotEqual"] = apply<at::ne>;
  table["Greater"] = apply<at::gt>;
  table["GreaterEqual"] = apply<at::ge>;
  table["Less"] = apply<at::lt>;
  table["LessEqual"] = apply<at::le>;
  table["LogicalAnd"] = apply<at::logical_and>;
  table["LogicalOr"] = apply<at::logical_or>;
  table["LogicalXor"] = apply<at::logical_xor>;
  table["BitwiseAnd"] = apply<at::bitwise_and>;
  table["EluGrad"] = [](const Call& c) -> Tensors {
    const at::Tensor dy = c.input(0), y = c.input(1);
    return {at::where(y >= 0, dy, dy * (y + 1))};
  };
  table["Prelu"] = [](const Call& c) -> Tensors {
    return {at::where(c.input(0) < 0, c.input(0) * c.input(1), c.input(0))};
  };
  table["AddN"] = [](const Call& c) -> Tensors {
    at::Tensor sum = c.inputs.at(0);
    for (size_t i = 1; i < c.inputs.size(); ++i) sum = at::add(sum, c.inputs[i]);
    return {sum};
  };
  table["Select"] = [](const Call& c) -> Tensors {
    at::Tensor condition = c.input(0).to(at::kBool);
    const at::Tensor t = c.input(1);
    // A vector chooses whole rows.
    if (condition.dim() == 1 && t.dim() > 1) {
      std::vector<int64_t> shape(static_cast<size_t>(t.dim()), 1);
      shape[0] = condition.size(0);
      condition = condition.view(shape);
    }
    return {at::where(condition, t, c.input(2))};
  };
}

}  // namespace sslmem::torch
