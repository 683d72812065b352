// Kernels that make tensors out of nothing, and that change a dtype or only a name.
#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

void add_creation_kernels(KernelTable& table) {
  table["Identity"] = [](const Call& c) -> Tensors { return {c.input(0)}; };
  table["Reshape"] = [](const Call& c) -> Tensors {
    return {c.input(0).reshape(c.attributes.integers("shape"))};
  };
  table["ZerosLike"] = [](const Call& c) -> Tensors { return {at::zeros_like(c.input(0))}; };
  table["OnesLike"] = [](const Call& c) -> Tensors { return {at::ones_like(c.input(0))}; };
  table["Fill"] = [](const Call& c) -> Tensors {
    const auto dtype = dtype_named(c.attributes.text("dtype"));
    return {at::full(c.attributes.integers("shape"), c.attributes.number("value"),
                     at::TensorOptions().dtype(dtype).device(c.attributes.text("device")))};
  };
  table["Cast"] = [](const Call& c) -> Tensors {
    const auto dtype = dtype_named(c.attributes.text("dtype"));
    const at::Tensor& x = c.inputs.at(0);
    if (x.is_complex() && dtype != at::kComplexFloat) return {at::real(x).to(dtype)};
    if (dtype == at::kFloat && x.scalar_type() == at::kBFloat16)
      return {x};  // both are TensorFlow.js' float32
    if (dtype == at::kInt && x.is_floating_point()) return {at::nan_to_num(x.to(at::kFloat), 0).to(at::kInt)};
    return {x.to(dtype)};
  };
  table["Complex"] = [](const Call& c) -> Tensors {
    return {at::complex(wide(c.input(0)), wide(c.input(1)))};
  };
  table["Real"] = [](const Call& c) -> Tensors {
    return {c.input(0).is_complex() ? at::real(c.input(0)) : c.input(0)};
  };
  table["Imag"] = [](const Call& c) -> Tensors {
    return {c.input(0).is_complex() ? at::imag(c.input(0)) : at::zeros_like(c.input(0))};
  };
}

}  // namespace sslmem::torch
