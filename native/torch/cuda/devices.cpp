// Which NVIDIA GPUs there are.
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>

#include "../cuda_parts.h"

namespace sslmem::torch {

bool built_with_cuda() { return true; }

std::vector<CudaDevice> cuda_devices() {
  std::vector<CudaDevice> devices;
  const int count = c10::cuda::device_count();  // 0 without a driver, and never throws
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp facts;
    C10_CUDA_CHECK(cudaGetDeviceProperties(&facts, i));
    devices.push_back({facts.name, facts.major, facts.minor, static_cast<int64_t>(facts.totalGlobalMem)});
  }
  return devices;
}

}  // namespace sslmem::torch
