#pragma once
// What the engine has for NVIDIA GPUs beside ATen's kernels. Two sets of definitions: native/torch/cuda, or
// without_cuda.cpp in a build without CUDA. All other code of the engine is the same in both builds.

#include <c10/core/Stream.h>

#include <cstdint>
#include <memory>
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

/// The calling thread's own stream on a CUDA device, on which all its work runs. Not the default stream,
/// which no graph can be captured from.
c10::Stream stream_on(at::Device device);

/// Kernels that a thread queued on its stream, recorded to be started again as one (a CUDA graph): they read
/// and write the same memory each time.
class StepGraph {
 public:
  virtual ~StepGraph() = default;
  /// Ends the recording, in which nothing was computed. Throws c10::Error if something cannot be recorded.
  virtual void end() = 0;
  /// Computes what was recorded. `fixed` are the tensors of begin_graph: throws std::invalid_argument if one
  /// has moved.
  virtual void replay(const std::vector<at::Tensor>& fixed) = 0;
};

/// Begins to record what the calling thread does on the device. `fixed` are the tensors from outside that it
/// reads; the caller keeps them. Throws std::invalid_argument for a device that is not CUDA.
std::unique_ptr<StepGraph> begin_graph(at::Device device, const std::vector<at::Tensor>& fixed);

}  // namespace sslmem::torch
