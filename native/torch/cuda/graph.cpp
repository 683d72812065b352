// A training step as a CUDA graph.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/StreamGuard.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>

#include <stdexcept>

#include "../cuda_parts.h"

namespace sslmem::torch {

namespace {

class CapturedStep : public StepGraph {
 public:
  CapturedStep(at::Device device, const std::vector<at::Tensor>& fixed) : stream_(stream_on(device)) {
    for (const at::Tensor& x : fixed) places_.push_back(x.const_data_ptr());
    const c10::StreamGuard guard(stream_);
    // A graph has memory of its own: what the steps before have left in the allocator's hands is given back
    // for it.
    c10::cuda::device_synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();
    // Thread local: what other threads do meanwhile, on other devices, is not recorded and disturbs nothing.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    recording_ = true;
  }

  ~CapturedStep() override {
    if (!recording_) return;
    try {
      end();
    } catch (const std::exception&) {  // it was being given up already, for a reason that the caller knows
    }
  }

  void end() override {
    const c10::StreamGuard guard(stream_);
    recording_ = false;
    graph_.capture_end();
  }

  void replay(const std::vector<at::Tensor>& fixed) override {
    const c10::StreamGuard guard(stream_);
    bool there = fixed.size() == places_.size();
    for (size_t i = 0; there && i < fixed.size(); ++i) there = fixed[i].const_data_ptr() == places_[i];
    if (!there)
      throw std::invalid_argument("Expected the tensors of a graph where they lay when it was recorded");
    graph_.replay();
  }

 private:
  c10::Stream stream_;
  std::vector<const void*> places_;
  at::cuda::CUDAGraph graph_;
  bool recording_ = false;
};

}  // namespace

std::unique_ptr<StepGraph> begin_graph(at::Device device, const std::vector<at::Tensor>& fixed) {
  if (!device.is_cuda())
    throw std::invalid_argument("Expected a CUDA device for a graph but received " + device.str());
  return std::make_unique<CapturedStep>(device, fixed);
}

}  // namespace sslmem::torch
