// SslMemAlignment for CUDA tensors: the representations stay on the device, a few numbers a sample come back.
#include "../alignment.h"

#include <c10/cuda/CUDAStream.h>

#include "core/cuda/alignment.h"
#include "kernels.h"

namespace sslmem::torch {

std::vector<at::Tensor> alignment_on_cuda(const Call& c) {
  const AlignmentCall call(c);
  const auto size = [](int64_t n) { return static_cast<size_t>(n); };
  const at::TensorOptions here = call.representations.options();
  // The distances of all pairs are the kernel's working memory, and the last of the results.
  const at::Tensor numbers =
      at::empty({call.samples * (2 + call.left_out + call.pairs)}, here.dtype(at::kDouble));
  const at::Tensor not_finite = at::full({1}, -1, here.dtype(at::kLong));
  double* to = numbers.data_ptr<double>();
  cuda::AlignmentOutputs outputs{};
  outputs.loss = to;
  outputs.standard_error = to + call.samples;
  outputs.leave_one_out = to + 2 * call.samples;
  outputs.pairs = to + call.samples * (2 + call.left_out);
  outputs.not_finite = reinterpret_cast<unsigned long long*>(not_finite.data_ptr<int64_t>());
  cuda::alignment(call.representations.const_data_ptr<float>(), size(call.samples), size(call.views),
                  size(call.dim), call.options, outputs, c10::cuda::getCurrentCUDAStream().stream());
  const auto place = not_finite.item<int64_t>();
  if (place >= 0) {
    throw NotFinite("Expected finite numbers for representations but received others at sample " +
                    std::to_string(place / call.dim / call.views) + ", view " +
                    std::to_string(place / call.dim % call.views) + ", component " +
                    std::to_string(place % call.dim));
  }
  return {bits_of(numbers.narrow(0, 0, call.count()))};
}

}  // namespace sslmem::torch
