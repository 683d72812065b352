// Views on an NVIDIA GPU: drawn and planned on the host (a few hundred bytes a view), made by core/cuda on a
// stream of their own, so that the next batch's views are made while this one is computed.
#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "../cuda_parts.h"
#include "../images.h"
#include "core/cuda/planned_views.h"
#include "core/parallel.h"

namespace sslmem::torch {

namespace {

using c10::cuda::CUDAStream;

/// Views that are planned and launched at once: enough to fill a GPU, few enough that the planes between the
/// kernels, 600 kB a view of 224 x 224, stay small beside the batch.
constexpr size_t kChunk = 512;
constexpr size_t kChunkBytes = size_t{512} << 20;

/// One stream a device for all views and decoding, so that the allocator keeps one pool for them.
CUDAStream image_stream(const at::Device& device) {
  static std::mutex lock;
  static std::map<c10::DeviceIndex, CUDAStream> streams;
  const std::lock_guard<std::mutex> held(lock);
  const auto found = streams.find(device.index());
  if (found != streams.end()) return found->second;
  return streams.emplace(device.index(), c10::cuda::getStreamFromPool(false, device.index())).first->second;
}

at::TensorOptions pinned(at::ScalarType dtype) {
  return at::TensorOptions().dtype(dtype).pinned_memory(true);
}

/// The images of a request in device memory.
struct BatchImages {
  at::Tensor pixels;  // keeps them alive
  std::vector<ImageView> views;
};

BatchImages resident(const Images& images, const ViewRequest& request, const CUDAStream& stream) {
  BatchImages batch{images.pixels(), {}};
  batch.pixels.record_stream(stream);  // the images may be released while the kernels read them
  const auto* base = batch.pixels.const_data_ptr<uint8_t>();
  for (const uint32_t slot : request.slots) {
    const Images::Place& at = images.place(slot);
    batch.views.push_back({base + at.offset, at.height, at.width});
  }
  return batch;
}

/// Brings each image once from mapped memory, through pinned memory.
BatchImages uploaded(const Images& images, const ViewRequest& request) {
  std::map<uint32_t, int64_t> offsets;
  int64_t total = 0;
  const auto size = [&](uint32_t slot) {
    return int64_t{3} * images.place(slot).height * images.place(slot).width;
  };
  for (const uint32_t slot : request.slots)
    if (offsets.emplace(slot, total).second) total += size(slot);
  const at::Tensor host = at::empty({total}, pinned(at::kByte));
  for (const auto& [slot, offset] : offsets) {
    std::memcpy(host.mutable_data_ptr<uint8_t>() + offset, images.host().image(slot).pixels,
                static_cast<size_t>(size(slot)));
  }
  BatchImages batch{host.to(images.device(), /*non_blocking=*/true), {}};
  const auto* base = batch.pixels.const_data_ptr<uint8_t>();
  for (const uint32_t slot : request.slots)
    batch.views.push_back({base + offsets[slot], images.place(slot).height, images.place(slot).width});
  return batch;
}

at::Tensor device_index(const std::vector<int64_t>& places, const at::Device& device) {
  return at::tensor(places, at::kLong).to(device);
}

void run_plan(const PlannedBatch& batch, OutputSize size, at::Tensor out, const CUDAStream& stream) {
  const ViewPlan& plan = batch.plan;
  const auto count = static_cast<int64_t>(plan.count());
  if (count == 0) return;
  const PlanBytes where(plan);
  const at::Tensor host = at::empty({static_cast<int64_t>(where.size())}, pinned(at::kByte));
  where.write(plan, host.mutable_data_ptr<uint8_t>());
  const at::Tensor bytes = host.to(out.device(), /*non_blocking=*/true);
  const auto floats = out.options().dtype(at::kFloat);
  const at::Tensor planes = at::empty({count, 3, size.height, size.width}, floats);
  const at::Tensor spare = plan.blur_stride() > 0 ? at::empty_like(planes) : at::empty({0}, floats);
  const bool all = count == out.size(0);
  at::Tensor target = all ? out : at::empty({count, size.height, size.width, 3}, out.options());
  const auto run = [&](auto planned, auto* to) {
    planned(plan, where, bytes.const_data_ptr<uint8_t>(), size, planes.mutable_data_ptr<float>(),
            spare.mutable_data_ptr<float>(), to, stream.stream());
  };
  if (out.scalar_type() == at::kBFloat16) {
    run(cuda::planned_views_bf16, reinterpret_cast<uint16_t*>(target.mutable_data_ptr<at::BFloat16>()));
  } else {
    run(cuda::planned_views, target.mutable_data_ptr<float>());
  }
  if (!all) out.index_copy_(0, device_index(batch.places, out.device()), target);
}

/// The views that the kernels do not cover, by the CPU.
void run_on_host(const PlannedBatch& batch, const Images& images, const ViewRequest& request, OutputSize size,
                 at::Tensor out, const ViewOptions& options) {
  const size_t count = batch.host.size();
  if (count == 0) return;
  const at::Tensor made =
      at::empty({static_cast<int64_t>(count), size.height, size.width, 3}, pinned(at::kFloat));
  auto* to = made.mutable_data_ptr<float>();
  const size_t values = 3 * static_cast<size_t>(size.height) * static_cast<size_t>(size.width);
  std::vector<int64_t> places;
  std::vector<at::Tensor> copies(count);
  std::vector<ImageView> sources;
  for (size_t i = 0; i < count; ++i) {  // here, since it may wait for the device
    places.push_back(static_cast<int64_t>(batch.host[i].place));
    sources.push_back(images.on_host(request.slots[batch.host[i].image], copies[i]));
  }
  std::vector<Scratch> scratch(parallel_workers(count, options.threads));
  parallel_for(count, options.threads, CancelFlag(), [&](size_t i, size_t worker) {
    augment_image(sources[i], &batch.host[i].ops, 1, size, to + i * values, scratch[worker]);
  });
  out.index_copy_(0, device_index(places, out.device()),
                  made.to(out.device(), /*non_blocking=*/true).to(out.scalar_type()));
}

}  // namespace

MadeViews make_cuda_views(const Images& images, const Chain& chain, const ViewRequest& request,
                          const ViewOptions& options) {
  check_request(request, images.count());
  const OutputSize size = output_size(chain);
  const size_t total = request.slots.size() * request.views;
  const size_t bytes = 12 * static_cast<size_t>(size.height) * static_cast<size_t>(size.width);
  const size_t chunk = std::clamp<size_t>(kChunkBytes / bytes, 1, kChunk);
  const size_t chunks = (total + chunk - 1) / chunk;

  const CUDAStream stream = image_stream(images.device());
  const c10::cuda::CUDAStreamGuard guard(stream);
  MadeViews made;
  made.views =
      at::empty({static_cast<int64_t>(total), size.height, size.width, 3},
                at::TensorOptions().dtype(options.bf16 ? at::kBFloat16 : at::kFloat).device(images.device()));
  const BatchImages batch =
      images.pixels().defined() ? resident(images, request, stream) : uploaded(images, request);
  std::vector<PlannedBatch> plans(chunks, PlannedBatch{ViewPlan(size), {}, {}});
  const auto count_of = [&](size_t i) { return std::min(chunk, total - i * chunk); };
  parallel_for(chunks, options.threads, CancelFlag(), [&](size_t i, size_t) {
    plans[i] = plan_batch(chain, batch.views, request, i * chunk, count_of(i));
  });
  for (size_t i = 0; i < chunks; ++i) {
    const at::Tensor out =
        made.views.narrow(0, static_cast<int64_t>(i * chunk), static_cast<int64_t>(count_of(i)));
    run_plan(plans[i], size, out, stream);
    run_on_host(plans[i], images, request, size, out, options);
    made.on_host += plans[i].host.size();
  }
  const auto event = std::make_shared<c10::Event>(c10::DeviceType::CUDA);
  event->record(stream.unwrap());
  made.readiness = event;
  return made;
}

at::Tensor take_cuda(const MadeViews& made) {
  const c10::Stream reader = stream_on(made.views.device());
  static_cast<c10::Event*>(made.readiness.get())->block(reader);
  made.views.record_stream(reader);
  return made.views;
}

void on_image_stream(at::Device device, const std::function<void(cuda::Stream)>& body) {
  const CUDAStream stream = image_stream(device);
  const c10::cuda::CUDAStreamGuard guard(stream);
  // Before it returns or throws what was queued is done: what it read may be freed, any stream may read what
  // it wrote.
  try {
    body(stream.stream());
  } catch (...) {
    try {
      stream.synchronize();
    } catch (const c10::Error&) {  // the first failure is the one to tell of
    }
    throw;
  }
  stream.synchronize();
}

}  // namespace sslmem::torch
