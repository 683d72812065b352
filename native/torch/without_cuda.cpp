// A build without CUDA.
#include "cuda_parts.h"

#include <stdexcept>

namespace sslmem::torch {

bool built_with_cuda() { return false; }

std::vector<CudaDevice> cuda_devices() { return {}; }

void add_cuda_kernels(KernelTable&) {}

namespace {

[[noreturn]] void refuse(at::Device device) {
  throw std::invalid_argument("Expected a torch engine that is built for NVIDIA GPUs for the device " +
                              device.str());
}

}  // namespace

c10::Stream stream_on(at::Device device) { refuse(device); }

std::unique_ptr<StepGraph> begin_graph(at::Device device, const std::vector<at::Tensor>&) { refuse(device); }

}  // namespace sslmem::torch
