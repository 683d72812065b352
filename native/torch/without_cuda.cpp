// A build without CUDA.
#include <stdexcept>

#include "cuda_parts.h"
#include "images.h"

namespace sslmem::torch {

namespace {

[[noreturn]] void no_cuda() {
  throw std::runtime_error("Expected a torch engine that is built for NVIDIA GPUs but this one is not");
}

}  // namespace

bool built_with_cuda() { return false; }

std::vector<CudaDevice> cuda_devices() { return {}; }

void add_cuda_kernels(KernelTable&) {}

c10::Stream stream_on(at::Device) { no_cuda(); }

std::unique_ptr<StepGraph> begin_graph(at::Device, const std::vector<at::Tensor>&) { no_cuda(); }

MadeViews make_cuda_views(const Images&, const Chain&, const ViewRequest&, const ViewOptions&) { no_cuda(); }

at::Tensor take_cuda(const MadeViews&) { no_cuda(); }

void on_image_stream(at::Device, const std::function<void(cuda::Stream)>&) { no_cuda(); }

}  // namespace sslmem::torch
