// A build without CUDA.
#include "cuda_parts.h"

namespace sslmem::torch {

bool built_with_cuda() { return false; }

std::vector<CudaDevice> cuda_devices() { return {}; }

void add_cuda_kernels(KernelTable&) {}

}  // namespace sslmem::torch
