// The table of our kernels for CUDA tensors.
#include "kernels.h"

#include "../cuda_parts.h"

namespace sslmem::torch {

void add_cuda_kernels(KernelTable& table) {
  table["SslMemAlignment"] = alignment_on_cuda;
  table["SslMemBatchNormTraining"] = batch_norm_on_cuda;
  table["SslMemBatchNormTrainingGrad"] = batch_norm_gradient_on_cuda;
}

}  // namespace sslmem::torch
