#pragma once
// The table of kernels: TensorFlow.js' kernel names (and a few of our own) to functions over ATen.
//
// A tensor has TensorFlow.js' shape (NHWC) and is contiguous, except for filters (layout.h). dtypes: float32
// is kFloat, or kBFloat16 inside the bf16 precision; int32 is kInt, bool is kBool, complex64 is
// kComplexFloat.

#include <ATen/ATen.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "attributes.h"

namespace sslmem::torch {

/// Number format of convolutions and matrix products.
enum class Precision { fp32, bf16 };

struct Call {
  std::vector<at::Tensor> inputs;  // an optional input that was left out is undefined
  Attributes attributes;
  Precision precision = Precision::fp32;

  /// The input, or an undefined tensor when there is none at this place.
  at::Tensor input(size_t place) const { return place < inputs.size() ? inputs[place] : at::Tensor(); }
};

using Kernel = std::vector<at::Tensor> (*)(const Call& call);
using KernelTable = std::unordered_map<std::string, Kernel>;

void add_creation_kernels(KernelTable& table);
void add_unary_kernels(KernelTable& table);
void add_binary_kernels(KernelTable& table);
void add_reduction_kernels(KernelTable& table);
void add_matmul_kernels(KernelTable& table);
void add_convolution_kernels(KernelTable& table);
void add_pooling_kernels(KernelTable& table);
void add_normalization_kernels(KernelTable& table);
void add_shape_kernels(KernelTable& table);
void add_indexing_kernels(KernelTable& table);
void add_image_kernels(KernelTable& table);
void add_attention_kernels(KernelTable& table);
void add_fused_kernels(KernelTable& table);
void add_optimizer_kernels(KernelTable& table);
void add_alignment_kernels(KernelTable& table);

/// Every kernel by name; cuda_parts.h has others for some of the names.
const KernelTable& kernels();

/// Runs a kernel without gradients; results own no more memory than they show and are contiguous, as its
/// inputs are made to be (but for the kernels that take any dense layout).
/// Throws std::invalid_argument for an unknown name, c10::Error for what ATen refuses.
std::vector<at::Tensor> execute(const std::string& name, Call& call);

/// float32 for arithmetic that bf16 is too coarse for; other dtypes as they are.
inline at::Tensor wide(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
}

/// Axes as non-negative numbers; all axes when the attribute is missing.
std::vector<int64_t> axes_of(const Call& call, const std::string& name, int64_t rank);

/// ATen's dtype for TensorFlow.js' name. Throws std::invalid_argument.
at::ScalarType dtype_named(const std::string& name);

/// Applies linear, relu, relu6, elu, sigmoid, prelu (with `weights`) or leakyrelu.
at::Tensor activate(const at::Tensor& x, const Call& call, const at::Tensor& weights);

}  // namespace sslmem::torch
