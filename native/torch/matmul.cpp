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

}  // namespace

void add_matmul_kernels(KernelTable& table) {
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
