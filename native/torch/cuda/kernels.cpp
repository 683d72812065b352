// The table of our kernels for CUDA tensors.
#include "../cuda_parts.h"

namespace sslmem::torch {

void add_cuda_kernels(KernelTable&) {}

}  // namespace sslmem::torch
