#pragma once
// What the engine has for NVIDIA GPUs beside ATen's kernels. Two sets of definitions: native/torch/cuda, or
// without_cuda.cpp in a build without CUDA. All other code of the engine is the same in both builds.

#include <cstdint>
#include <string>
#include <vector>

#include "kernels.h"

namespace sslmem::torch {

/// Whether this build has the code for NVIDIA GPUs.
bool built_with_cuda();

struct CudaDevice {
  std::string name;
  int major, minor;  // compute capability: 8.0 is A100, 9.0 is H100
  int64_t bytes;     // of its memory
};

/// The devices that the driver shows; none where there is no driver, or no CUDA in this build.
std::vector<CudaDevice> cuda_devices();

/// Kernels that are taken instead of those in kernels() when an input is on a CUDA device.
void add_cuda_kernels(KernelTable& table);

}  // namespace sslmem::torch
