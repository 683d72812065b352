#include "view_batch.h"

#include <algorithm>
#include <stdexcept>

#include "parallel.h"

namespace sslmem {

namespace {

constexpr uint64_t kViewLimit = uint64_t{1} << 24;  // bits of the view in the counter

size_t floats_of(OutputSize size) {
  return static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3;
}

std::vector<Scratch> scratch_for(size_t tasks, size_t threads) {
  return std::vector<Scratch>(parallel_workers(tasks, threads));
}

// Runs `body`; what it throws about its arguments says which image it was.
template <class Body>
void naming(const char* what, uint32_t number, const Body& body) {
  try {
    body();
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string(what) + " " + std::to_string(number) + ": " + error.what());
  }
}

}  // namespace

void check_request(const ViewRequest& request, const PackedImages& pack) {
  check_request(request, pack.count());
}

void check_request(const ViewRequest& request, size_t images) {
  if (request.views == 0) throw std::invalid_argument("Expected views of at least 1 but received 0");
  if (request.purpose > 255) {
    throw std::invalid_argument("Expected purpose in [0, 255] but received " +
                                std::to_string(request.purpose));
  }
  if (uint64_t{request.first_view} + request.views > kViewLimit) {
    throw std::invalid_argument("Expected firstView + views of at most " + std::to_string(kViewLimit) +
                                " but received " +
                                std::to_string(uint64_t{request.first_view} + request.views));
  }
  if (request.samples.size() != request.slots.size()) {
    throw std::invalid_argument("Expected as many samples as slots (" + std::to_string(request.slots.size()) +
                                ") but received " + std::to_string(request.samples.size()));
  }
  for (const uint32_t slot : request.slots) {
    if (slot < images) continue;
    throw std::out_of_range("Expected a slot below " + std::to_string(images) + " but received " +
                            std::to_string(slot));
  }
}

std::vector<std::vector<std::vector<Op>>> draw_views(const Chain& chain, const PackedImages& pack,
                                                     const ViewRequest& request) {
  check_request(request, pack);
  std::vector<std::vector<std::vector<Op>>> drawn(request.slots.size());
  for (size_t i = 0; i < request.slots.size(); ++i) {
    const ImageView& image = pack.image(request.slots[i]);
    naming("sample", request.samples[i], [&] {
      for (uint32_t view = 0; view < request.views; ++view)
        drawn[i].push_back(draw_view(chain, image.height, image.width, request.key(i, view)));
    });
  }
  return drawn;
}

void augment_views(const Chain& chain, const PackedImages& pack, const ViewRequest& request, float* out,
                   size_t threads, const CancelFlag& cancel) {
  check_request(request, pack);
  const OutputSize size = output_size(chain);
  const size_t images = request.slots.size(), views = request.views;
  // The views of an image share its conversion, so an image is one task, unless threads would have none.
  const size_t wanted = parallel_workers(images * views, threads);
  const size_t parts = images == 0 ? 1 : std::min(views, (wanted + images - 1) / images);
  auto scratch = scratch_for(images * parts, threads);
  std::vector<std::vector<std::vector<Op>>> lists(scratch.size());
  parallel_for(images * parts, threads, cancel, [&](size_t task, size_t worker) {
    const size_t i = task / parts, part = task % parts;
    const size_t begin = views * part / parts, end = views * (part + 1) / parts;
    const ImageView& image = pack.image(request.slots[i]);
    auto& ops = lists[worker];
    if (ops.size() < end - begin) ops.resize(end - begin);
    naming("sample", request.samples[i], [&] {
      for (size_t view = begin; view < end; ++view) {
        draw_view(chain, image.height, image.width, request.key(i, static_cast<uint32_t>(view)),
                  ops[view - begin]);
      }
      augment_image(image, ops.data(), end - begin, size, out + (i * views + begin) * floats_of(size),
                    scratch[worker]);
    });
  });
}

void apply_views(const std::vector<std::vector<Op>>& lists, const PackedImages& pack,
                 const std::vector<uint32_t>& slots, OutputSize size, float* out, size_t threads,
                 const CancelFlag& cancel) {
  if (lists.size() != slots.size()) {
    throw std::invalid_argument("Expected as many operation lists as slots (" + std::to_string(slots.size()) +
                                ") but received " + std::to_string(lists.size()));
  }
  auto scratch = scratch_for(slots.size(), threads);
  parallel_for(slots.size(), threads, cancel, [&](size_t i, size_t worker) {
    naming("operation list", static_cast<uint32_t>(i), [&] {
      augment_image(pack.image(slots[i]), &lists[i], 1, size, out + i * floats_of(size), scratch[worker]);
    });
  });
}

}  // namespace sslmem
