// Training-mode batch normalisation of CUDA tensors by our kernels (core/cuda/batch_norm.h).
#include "../batch_norm.h"

#include <c10/cuda/CUDAStream.h>

#include <type_traits>

#include "core/cuda/batch_norm.h"
#include "kernels.h"

namespace sslmem::torch {

namespace {

using Tensors = std::vector<at::Tensor>;

/// The type of the kernels for ATen's.
template <class T>
using Plain = std::conditional_t<std::is_same_v<T, float>, float, cuda::BFloat16>;

template <class T>
const Plain<T>* read_from(const at::Tensor& x) {
  return x.defined() ? reinterpret_cast<const Plain<T>*>(x.const_data_ptr<T>()) : nullptr;
}
template <class T>
Plain<T>* write_to(const at::Tensor& x) {
  return x.defined() ? reinterpret_cast<Plain<T>*>(x.data_ptr<T>()) : nullptr;
}

/// A figure of each channel, as the kernels read it.
at::Tensor figures(const at::Tensor& x) { return x.to(at::kFloat).contiguous(); }

at::Tensor workspace_for(const at::Tensor& x) {
  const auto channels = static_cast<size_t>(x.size(-1)), rows = static_cast<size_t>(x.numel()) / channels;
  const auto bytes = static_cast<int64_t>(cuda::batch_norm_workspace(rows, channels));
  return at::empty({bytes}, x.options().dtype(at::kByte));
}

auto stream_of(const at::Tensor& x) { return c10::cuda::getCurrentCUDAStream(x.device().index()).stream(); }

template <class T>
Tensors forward(const at::Tensor& x, const at::Tensor& residual, const Call& c) {
  const int64_t channels = x.size(-1);
  const at::Tensor gamma = figures(c.inputs.at(1)), beta = figures(c.inputs.at(2)), y = at::empty_like(x);
  const at::Tensor mean = at::empty({channels}, gamma.options()), variance = at::empty_like(mean),
                   invstd = at::empty_like(mean), workspace = workspace_for(x);
  cuda::BatchNormForward<Plain<T>> call{};
  call.x = read_from<T>(x);
  call.residual = read_from<T>(residual);
  call.gamma = gamma.const_data_ptr<float>();
  call.beta = beta.const_data_ptr<float>();
  call.rows = static_cast<size_t>(x.numel() / channels);
  call.channels = static_cast<size_t>(channels);
  call.epsilon = c.attributes.number("epsilon");
  call.relu = c.attributes.flag("activate");
  call.y = write_to<T>(y);
  call.mean = mean.data_ptr<float>();
  call.variance = variance.data_ptr<float>();
  call.invstd = invstd.data_ptr<float>();
  cuda::batch_norm(call, workspace.data_ptr(), stream_of(x));
  return {y, mean, variance, invstd};
}

template <class T>
Tensors backward(const at::Tensor& dy, const at::Tensor& x, const Call& c) {
  const bool relu = c.attributes.flag("activate"), residual = c.attributes.flag("residual");
  const at::Tensor gamma = figures(c.inputs.at(2)), mean = figures(c.inputs.at(3)),
                   invstd = figures(c.inputs.at(4)), y = relu ? c.inputs.at(5).contiguous() : at::Tensor(),
                   dx = at::empty_like(x), dz = residual ? at::empty_like(x) : at::Tensor(),
                   dgamma = at::empty_like(gamma), dbeta = at::empty_like(gamma),
                   workspace = workspace_for(x);
  cuda::BatchNormBackward<Plain<T>> call{};
  call.dy = read_from<T>(dy);
  call.x = read_from<T>(x);
  call.y = read_from<T>(y);
  call.gamma = gamma.const_data_ptr<float>();
  call.mean = mean.const_data_ptr<float>();
  call.invstd = invstd.const_data_ptr<float>();
  call.channels = static_cast<size_t>(x.size(-1));
  call.rows = static_cast<size_t>(x.numel()) / call.channels;
  call.dx = write_to<T>(dx);
  call.dresidual = write_to<T>(dz);
  call.dgamma = dgamma.data_ptr<float>();
  call.dbeta = dbeta.data_ptr<float>();
  cuda::batch_norm_gradient(call, workspace.data_ptr(), stream_of(x));
  if (residual) return {dx, dgamma, dbeta, dz};
  return {dx, dgamma, dbeta};
}

}  // namespace

std::vector<at::Tensor> batch_norm_on_cuda(const Call& c) {
  const at::Tensor x = c.inputs.at(0).contiguous(), shortcut = c.input(3);
  TORCH_CHECK(x.dim() >= 2 && x.numel() > 0, "Expected at least one row for x of a batch normalisation");
  TORCH_CHECK(c.inputs.at(1).numel() == x.size(-1) && c.inputs.at(2).numel() == x.size(-1),
              "Expected gamma and beta of ", x.size(-1), " channels");
  TORCH_CHECK(!shortcut.defined() || shortcut.sizes() == x.sizes(), "Expected a residual of x's shape");
  const at::Tensor residual = shortcut.defined() ? shortcut.to(x.scalar_type()).contiguous() : shortcut;
  return x.scalar_type() == at::kBFloat16 ? forward<c10::BFloat16>(x, residual, c)
                                          : forward<float>(x.to(at::kFloat), residual, c);
}

std::vector<at::Tensor> batch_norm_gradient_on_cuda(const Call& c) {
  const at::Tensor x = c.inputs.at(1).contiguous();
  const at::Tensor dy = c.inputs.at(0).to(x.scalar_type()).contiguous();
  return x.scalar_type() == at::kBFloat16 ? backward<c10::BFloat16>(dy, x, c) : backward<float>(dy, x, c);
}

}  // namespace sslmem::torch
