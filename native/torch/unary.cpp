// Element by element, one operand.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

template <at::Tensor (*Op)(const at::Tensor&)>
Tensors apply(const Call& call) {
  return {Op(call.inputs.at(0))};
}

constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSeluScale = 1.0507009873554804934193349852946;

at::Tensor step_of(const at::Tensor& x, double alpha) {
  const at::Tensor low = at::full({}, alpha, x.options());
  const at::Tensor stepped = at::where(x > 0, at::ones({}, x.options()), low);
  return x.is_floating_point() ? at::where(at::isnan(x), x, stepped) : stepped;
}

/// −1, 0 or 1; 0 for NaN, as TensorFlow.js has it.
at::Tensor sign_of(const at::Tensor& x) { return at::sign(x.is_floating_point() ? at::nan_to_num(x, 0) : x); }

}  // namespace

void add_unary_kernels(KernelTable& table) {
  table["Abs"] = apply<at::abs>;
  table["Acos"] = apply<at::acos>;
  table["Acosh"] = apply<at::acosh>;
  table["Asin"] = apply<at::asin>;
  table["Asinh"] = apply<at::asinh>;
  table["Atan"] = apply<at::atan>;
  table["Atanh"] = apply<at::atanh>;
  table["Ceil"] = apply<at::ceil>;
  table["ComplexAbs"] = apply<at::abs>;
  table["Cos"] = apply<at::cos>;
  table["Cosh"] = apply<at::cosh>;
  table["Erf"] = apply<at::erf>;
  table["Exp"] = apply<at::exp>;
  table["Expm1"] = apply<at::expm1>;
  table["Floor"] = apply<at::floor>;
  table["IsFinite"] = apply<at::isfinite>;
  table["IsInf"] = apply<at::isinf>;
  table["IsNan"] = apply<at::isnan>;
  table["Log"] = apply<at::log>;
  table["Log1p"] = apply<at::log1p>;
  table["LogicalNot"] = apply<at::logical_not>;
  table["Neg"] = apply<at::neg>;
  table["Reciprocal"] = apply<at::reciprocal>;
  table["Relu"] = apply<at::relu>;
  table["Rsqrt"] = apply<at::rsqrt>;
  table["Sigmoid"] = apply<at::sigmoid>;
  table["Sign"] = apply<sign_of>;
  table["Sin"] = apply<at::sin>;
  table["Sinh"] = apply<at::sinh>;
  table["Sqrt"] = apply<at::sqrt>;
  table["Square"] = apply<at::square>;
  table["Tan"] = apply<at::tan>;
  table["Tanh"] = apply<at::tanh>;
  table["Round"] = [](const Call& c) -> Tensors { return {at::round(c.input(0))}; };
  table["Relu6"] = [](const Call& c) -> Tensors { return {at::clamp(c.input(0), 0, 6)}; };
  table["Elu"] = [](const Call& c) -> Tensors { return {at::elu(c.input(0))}; };
  table["Selu"] = [](const Call& c) -> Tensors {
    const at::Tensor& x = c.inputs.at(0);
    return {at::where(x >= 0, x * kSeluScale, at::expm1(x) * (kSeluScale * kSeluAlpha))};
  };
  table["Softplus"] = [](const Call& c) -> Tensors { return {at::softplus(c.input(0), 1, 20)}; };
  table["LeakyRelu"] = [](const Call& c) -> Tensors {
    const at::Tensor& x = c.inputs.at(0);
    return {at::where(x < 0, x.to(at::kFloat) * c.attributes.number("alpha"), x.to(at::kFloat))};
  };
  table["Step"] = [](const Call& c) -> Tensors {
    return {step_of(c.input(0), c.attributes.number("alpha", 0))};
  };
  table["ClipByValue"] = [](const Call& c) -> Tensors {
    const at::Tensor x = c.input(0);
    return {at::clamp(x, c.attributes.number("clipValueMin"), c.attributes.number("clipValueMax"))
                .to(x.scalar_type())};
  };
  table["Softmax"] = [](const Call& c) -> Tensors {
    return {at::softmax(wide(c.input(0)), c.attributes.integer("dim"))};
  };
  table["LogSoftmax"] = [](const Call& c) -> Tensors {
    return {at::log_softmax(wide(c.input(0)), c.attributes.integer("axis"))};
  };
}

}  // namespace sslmem::torch
