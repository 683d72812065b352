#pragma once
// Decoded images where views are made of them, and the making: on the CPU by core/view_batch, on an NVIDIA
// GPU by core/cuda (cuda/views.cpp), where images and views never see the host again.

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/cancel.h"
#include "core/cuda/views.h"
#include "core/packed_images.h"
#include "core/view_batch.h"

namespace sslmem::torch {

/// A read-only list of RGB uint8 images on one device. Safe to read from many threads.
class Images {
 public:
  /// Where an image's pixels begin in pixels().
  struct Place {
    int64_t offset;
    int height, width;
  };

  /// Images of the host; on a GPU all of them are copied there at once if they have at most `resident_bytes`,
  /// else each batch takes those that it needs along.
  Images(PackedImages host, at::Device device, int64_t resident_bytes);

  /// Images in device memory. `host` has those that places[i] stand at host_slots[i] of; -1: only the device
  /// has it.
  Images(at::Tensor pixels, std::vector<Place> places, PackedImages host, std::vector<int64_t> host_slots);

  const at::Device& device() const { return device_; }
  size_t count() const { return places_.size(); }
  /// Throws std::out_of_range.
  const Place& place(size_t slot) const;
  /// uint8 [bytes] on the device; undefined on a CPU, and where batches take the images along.
  const at::Tensor& pixels() const { return pixels_; }
  /// All images, for a CPU.
  const PackedImages& host() const { return host_; }
  /// Its pixels in host memory; `copy` keeps them alive where they had to be brought there.
  ImageView on_host(size_t slot, at::Tensor& copy) const;
  size_t bytes() const;

 private:
  at::Device device_;
  PackedImages host_;
  at::Tensor pixels_;
  std::vector<Place> places_;
  std::vector<int64_t> host_slots_;
};

/// Views of a batch. Whoever reads them calls take() first, in the thread that will read.
struct MadeViews {
  at::Tensor views;    ///< [images * views, height, width, 3]: float32, or bfloat16 when asked for
  size_t on_host = 0;  ///< how many the CPU made because the GPU's kernels do not cover them
  std::shared_ptr<void> readiness;  ///< on a GPU: the event after the last kernel
};

struct ViewOptions {
  bool bf16 = false;   ///< on a GPU; a CPU makes float32
  size_t threads = 0;  ///< of the CPU's work; 0: one per hardware thread
};

/// Makes the requested views, on any thread; on a GPU on a stream of its own, so that it overlaps with what
/// the others compute. A batch is short work: callers stop between batches. Throws as augment_views.
MadeViews make_views(const Images& images, const Chain& chain, const ViewRequest& request,
                     const ViewOptions& options);

/// The views; this thread's stream (cuda_parts.h) waits for them, and their memory goes to nobody else while
/// it reads them.
at::Tensor take(const MadeViews& made);

/// A JPEG file in host memory, or an image that has been decoded already.
struct ImageSource {
  const uint8_t* bytes = nullptr;  ///< of the file, or RGB uint8 [height, width, 3]
  size_t size = 0;
  int height = 0, width = 0;  ///< of the decoded image; 0 for a file, whose header says it
};

/// The images of a batch on a device, those that are files decoded by nvJPEG. Null, and `refused` says which,
/// if nvJPEG does not take some of the files. With a CPU as device the library, a test's, decodes to host
/// memory. Throws std::invalid_argument if a size does not fit its bytes, std::runtime_error if there is no
/// nvJPEG.
std::shared_ptr<Images> decode_images(const std::vector<ImageSource>& sources, at::Device device,
                                      const std::vector<std::string>& libraries,
                                      std::vector<size_t>& refused);

// Of native/torch/cuda, or without_cuda.cpp.

/// make_views and take on a GPU.
MadeViews make_cuda_views(const Images& images, const Chain& chain, const ViewRequest& request,
                          const ViewOptions& options);
at::Tensor take_cuda(const MadeViews& made);
/// Calls body with the device as the current one and its stream for images, and waits for the stream.
void on_image_stream(at::Device device, const std::function<void(cuda::Stream)>& body);

}  // namespace sslmem::torch
