// Which NVIDIA GPUs there are, and the streams that we use on them.
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <unordered_map>

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

c10::Stream stream_on(at::Device device) {
  thread_local std::unordered_map<c10::DeviceIndex, c10::Stream> own;
  const auto found = own.find(device.index());
  if (found != own.end()) return found->second;
  // 32 streams of a device are handed out in turn: two threads that get the same one only wait for each
  // other.
  const c10::Stream stream = c10::cuda::getStreamFromPool(false, device.index());
  own.emplace(device.index(), stream);
  return stream;
}

}  // namespace sslmem::torch
