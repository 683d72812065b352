#pragma once
// Our kernels for CUDA tensors; inputs, attributes and results are those of the kernels of the same names for
// the CPU.

#include "../kernels.h"

namespace sslmem::torch {

std::vector<at::Tensor> alignment_on_cuda(const Call& call);            // SslMemAlignment
std::vector<at::Tensor> batch_norm_on_cuda(const Call& call);           // SslMemBatchNormTraining
std::vector<at::Tensor> batch_norm_gradient_on_cuda(const Call& call);  // SslMemBatchNormTrainingGrad

}  // namespace sslmem::torch
