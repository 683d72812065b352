// Matrix products. In the bf16 precision operands are rounded to bf16 and the product is bf16, as autocast
// does.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

at::Tensor operand(const at::Tensor& x, const Call& call) {
  if (call.precision == Precision::bf16 && x.is_floating_point()) return x.to(at::kBFloat16);
  return wide(x);
}

at::Tensor matrix_product(const Call& c) {
  at::Tensor a = operand(c.inputs.at(0), c), b = operand(c.inputs.at(1), c);
  TORCH_CHECK(a.dim() >= 2 && b.dim() >= 2, "Expected matrices for a product but received ", a.dim(), " and ",
              b.dim(), " axes");
  if (c.attributes.flag("transposeA")) a = a.transpose(-1, -2);
  if (c.attributes.flag("transposeB")) b = b.transpose(-1, -2);
  return at::matmul(a, b);
}

/// Inputs x [..., in], w [in, out], bias [out].
Tensors linear(const Call& c) {
  const at::Tensor x = operand(c.inputs.at(0), c), w = operand(c.inputs.at(1), c),
                   bias = operand(c.inputs.at(2), c);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = w.size(1);
  return {at::addmm(bias, x.reshape({-1, x.size(-1)}), w).reshape(shape)};
}

/// Inputs dy, x, w; results dx, dw, dbias, of which the latter two are float32.
Tensors linear_gradient(const Call& c) {
  const at::Tensor dy = operand(c.inputs.at(0), c).flatten(0, -2), x = operand(c.inputs.at(1), c),
                   w = operand(c.inputs.at(2), c);
  const at::Tensor dw = at::matmul(x.reshape({-1, x.size(-1)}).t(), dy);
  return {at::matmul(dy, w.t()).reshape(x.sizes()), wide(dw), at::sum(dy, {0}, false, at::kFloat)};
}

}  // namespace

void add_matmul_kernels(KernelTable& table) {
  table["SslMemLinear"] = linear;
  table["SslMemLinearGrad"] = linear_gradient;
  table["BatchMatMul"] = [](const Call& c) -> Tensors { return {matrix_product(c)}; };
  table["_FusedMatMul"] = [](const Call& c) -> Tensors {
    at::Tensor y = matrix_product(c);
    if (c.input(2).defined()) y = at::add(y, c.input(2));
    return {activate(y, c, c.input(3))};
  };
  table["Einsum"] = [](const Call& c) -> Tensors {
    return {at::einsum(c.attributes.text("equation"), c.inputs)};
  };
}

}  // namespace sslmem::torch
