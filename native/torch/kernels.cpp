#include "kernels.h"

#include <c10/core/StreamGuard.h>

#include <stdexcept>
#include <unordered_set>

#include "cuda_parts.h"

namespace sslmem::torch {

const KernelTable& kernels() {
  static const KernelTable table = [] {
    KernelTable made;
    for (const auto add :
         {add_creation_kernels, add_unary_kernels, add_binary_kernels, add_reduction_kernels,
          add_matmul_kernels, add_convolution_kernels, add_pooling_kernels, add_normalization_kernels,
          add_shape_kernels, add_indexing_kernels, add_image_kernels, add_attention_kernels,
          add_fused_kernels, add_optimizer_kernels, add_alignment_kernels}) {
      add(made);
    }
    return made;
  }();
  return table;
}

namespace {

/// Kernels that take and give tensors of any dense layout (layout.h), beside those that write to their
/// inputs: filters lie in memory as the convolution wants them.
bool any_layout(const std::string& name) {
  static const std::unordered_set<std::string> names = {
      "Convolution",       "ConvolutionInputGradient", "ConvolutionFilterGradient",
      "SslMemConvolution", "SslMemFilterLayout",       "SslMemClipNorm"};
  return names.count(name) > 0;
}

/// A slice of a large tensor would keep all of it alive after TensorFlow.js has disposed of it.
at::Tensor owned(const at::Tensor& x, bool layout_matters) {
  const at::Tensor dense = !layout_matters && x.is_non_overlapping_and_dense() ? x : x.contiguous();
  const size_t needed = static_cast<size_t>(dense.numel()) * dense.element_size();
  return dense.storage().nbytes() > 2 * needed + 64 ? dense.clone() : dense;
}

/// Where a call computes: with its inputs, or where its attributes say.
at::Device device_of(const Call& call) {
  for (const at::Tensor& input : call.inputs)
    if (input.defined()) return input.device();
  return at::Device(call.attributes.text("device", "cpu"));
}

Kernel kernel_for(const std::string& name, at::Device device) {
  static const KernelTable cuda_kernels = [] {
    KernelTable made;
    add_cuda_kernels(made);
    return made;
  }();
  if (device.is_cuda()) {
    const auto found = cuda_kernels.find(name);
    if (found != cuda_kernels.end()) return found->second;
  }
  const auto found = kernels().find(name);
  if (found == kernels().end())
    throw std::invalid_argument("Expected a kernel of this engine but received " + name);
  return found->second;
}

}  // namespace

std::vector<at::Tensor> execute(const std::string& name, Call& call) {
  const at::Device device = device_of(call);
  const Kernel kernel = kernel_for(name, device);
  c10::OptionalStreamGuard guard;  // the stream's device becomes the current one
  if (device.is_cuda()) guard.reset_stream(stream_on(device));
  const bool layout_matters = call.attributes.number("updated", 0) == 0 && !any_layout(name);
  if (layout_matters) {
    for (at::Tensor& input : call.inputs)
      if (input.defined()) input = input.contiguous();
  }
  std::vector<at::Tensor> outputs = kernel(call);
  for (at::Tensor& output : outputs) output = owned(output, layout_matters);
  return outputs;
}

std::vector<int64_t> axes_of(const Call& call, const std::string& name, int64_t rank) {
  std::vector<int64_t> axes;
  if (call.attributes.has(name)) {
    axes = call.attributes.integers(name);
  } else {
    for (int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  for (int64_t& axis : axes) axis = axis < 0 ? axis + rank : axis;
  return axes;
}

at::ScalarType dtype_named(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "int32") return at::kInt;
  if (name == "bool") return at::kBool;
  if (name == "complex64") return at::kComplexFloat;
  throw std::invalid_argument("Expected float32, int32, bool or complex64 for dtype but received " + name);
}

at::Tensor activate(const at::Tensor& x, const Call& call, const at::Tensor& weights) {
  const std::string kind = call.attributes.text("activation", "linear");
  if (kind == "linear") return x;
  if (kind == "relu") return at::relu(x);
  if (kind == "relu6") return at::clamp(x, 0, 6);
  if (kind == "elu") return at::elu(x);
  if (kind == "sigmoid") return at::sigmoid(x);
  if (kind == "leakyrelu") return at::where(x < 0, x * call.attributes.number("leakyreluAlpha", 0.2), x);
  if (kind == "prelu") return at::where(x < 0, x * weights, x);
  throw std::invalid_argument("Expected an activation of this engine but received " + kind);
}

}  // namespace sslmem::torch
