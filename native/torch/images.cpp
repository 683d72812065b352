#include "images.h"

#include <stdexcept>

#include "core/jpeg_decoder.h"
#include "core/jpeg_header.h"

namespace sslmem::torch {

namespace {

at::Tensor bytes_of(const uint8_t* bytes, size_t size) {
  // Read only, whatever the type says.
  return at::from_blob(const_cast<uint8_t*>(bytes), {static_cast<int64_t>(size)}, at::kByte);
}

}  // namespace

Images::Images(PackedImages host, at::Device device, int64_t resident_bytes)
    : device_(device), host_(std::move(host)) {
  for (size_t slot = 0; slot < host_.count(); ++slot) {
    const ImageView& image = host_.image(slot);
    places_.push_back({image.pixels - host_.base(), image.height, image.width});
    host_slots_.push_back(static_cast<int64_t>(slot));
  }
  const bool fits = host_.bytes() <= static_cast<size_t>(resident_bytes);
  if (!device.is_cpu() && fits && host_.bytes() > 0)
    pixels_ = bytes_of(host_.base(), host_.bytes()).to(device);
}

Images::Images(at::Tensor pixels, std::vector<Place> places, PackedImages host,
               std::vector<int64_t> host_slots)
    : device_(pixels.device()),
      host_(std::move(host)),
      pixels_(std::move(pixels)),
      places_(std::move(places)),
      host_slots_(std::move(host_slots)) {}

const Images::Place& Images::place(size_t slot) const {
  if (slot < places_.size()) return places_[slot];
  throw std::out_of_range("Expected a slot below " + std::to_string(places_.size()) + " but received " +
                          std::to_string(slot));
}

ImageView Images::on_host(size_t slot, at::Tensor& copy) const {
  const Place& at = place(slot);
  if (host_slots_[slot] >= 0) return host_.image(static_cast<size_t>(host_slots_[slot]));
  copy = pixels_.narrow(0, at.offset, int64_t{3} * at.height * at.width).cpu();
  return {copy.const_data_ptr<uint8_t>(), at.height, at.width};
}

size_t Images::bytes() const { return host_.bytes() + (pixels_.defined() ? pixels_.nbytes() : 0); }

MadeViews make_views(const Images& images, const Chain& chain, const ViewRequest& request,
                     const ViewOptions& options) {
  if (!images.device().is_cpu()) return make_cuda_views(images, chain, request, options);
  const OutputSize size = output_size(chain);
  MadeViews made;
  const auto views = static_cast<int64_t>(request.slots.size() * request.views);
  made.views = at::empty({views, size.height, size.width, 3}, at::kFloat);
  augment_views(chain, images.host(), request, made.views.mutable_data_ptr<float>(), options.threads,
                CancelFlag());
  return made;
}

at::Tensor take(const MadeViews& made) { return made.readiness ? take_cuda(made) : made.views; }

}  // namespace sslmem::torch
