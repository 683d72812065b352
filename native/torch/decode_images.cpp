// Batches of JPEG files by nvJPEG, with images that have been decoded otherwise among them.
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>

#include "core/jpeg_decoder.h"
#include "core/jpeg_header.h"
#include "images.h"

namespace sslmem::torch {

namespace {

/// One decoder a device and library for the whole process: making one takes long. Used under its lock, which
/// is held until the stream has done what was queued: the next batch would write to the same buffers.
struct SharedDecoder {
  std::mutex lock;
  std::unique_ptr<JpegDecoder> decoder;
};

SharedDecoder& decoder_of(at::Device device, const std::vector<std::string>& libraries) {
  static std::mutex lock;
  // Never destroyed: at the end of the process CUDA may be gone before them.
  static auto& all =
      *new std::map<std::pair<std::string, std::vector<std::string>>, std::unique_ptr<SharedDecoder>>;
  const std::lock_guard<std::mutex> held(lock);
  auto& found = all[{device.str(), libraries}];
  if (!found) found = std::make_unique<SharedDecoder>();
  return *found;
}

bool is_file(const ImageSource& source) { return source.height == 0; }

/// The images that have been decoded before.
PackedImages packed(const std::vector<ImageSource>& sources) {
  std::vector<uint8_t> pixels;
  std::vector<uint32_t> heights, widths;
  for (const ImageSource& source : sources) {
    if (is_file(source)) continue;
    pixels.insert(pixels.end(), source.bytes, source.bytes + source.size);
    heights.push_back(static_cast<uint32_t>(source.height));
    widths.push_back(static_cast<uint32_t>(source.width));
  }
  return PackedImages::copy_of(pixels.data(), pixels.size(), heights.data(), widths.data(), heights.size());
}

/// What nvJPEG makes of the files, each in its place; numbers of those that it does not take.
std::vector<size_t> decode_files(const std::vector<ImageSource>& sources,
                                 const std::vector<Images::Place>& places, at::Tensor& pixels,
                                 JpegDecoder& decoder, cuda::Stream stream) {
  std::vector<JpegFile> files;
  std::vector<uint8_t*> targets;
  std::vector<int> widths;
  std::vector<size_t> numbers, refused;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (!is_file(sources[i])) continue;
    const JpegFile file{sources[i].bytes, sources[i].size};
    if (!decoder.takes(file, places[i].height, places[i].width)) refused.push_back(i);
    files.push_back(file);
    targets.push_back(pixels.mutable_data_ptr<uint8_t>() + places[i].offset);
    widths.push_back(places[i].width);
    numbers.push_back(i);
  }
  if (!refused.empty()) return refused;
  return decoder.decode(files, targets, widths, stream) ? refused : numbers;
}

/// Sizes of all images; those decoded before lie first, in their order. Numbers of files that are not for
/// nvJPEG.
std::vector<size_t> place_images(const std::vector<ImageSource>& sources, std::vector<Images::Place>& places,
                                 int64_t& total) {
  std::vector<size_t> refused;
  for (size_t i = 0; i < sources.size(); ++i) {
    places.push_back({0, sources[i].height, sources[i].width});
    if (!is_file(sources[i])) continue;
    const JpegHeader header = read_jpeg_header(sources[i].bytes, sources[i].size);
    if (jpeg_refusal(header) != nullptr) refused.push_back(i);
    places[i].height = header.height, places[i].width = header.width;
  }
  if (!refused.empty()) return refused;
  for (const bool files : {false, true}) {
    for (size_t i = 0; i < sources.size(); ++i) {
      if (is_file(sources[i]) != files) continue;
      places[i].offset = total;
      total += static_cast<int64_t>(
          image_bytes(i, static_cast<uint32_t>(places[i].height), static_cast<uint32_t>(places[i].width)));
    }
  }
  return refused;
}

std::shared_ptr<Images> on_cpu(const at::Tensor& pixels, const std::vector<Images::Place>& places) {
  std::vector<ImageSource> decoded;
  for (const auto& [offset, height, width] : places)
    decoded.push_back({pixels.const_data_ptr<uint8_t>() + offset,
                       size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width), height, width});
  return std::make_shared<Images>(packed(decoded), pixels.device(), 0);
}

}  // namespace

std::shared_ptr<Images> decode_images(const std::vector<ImageSource>& sources, at::Device device,
                                      const std::vector<std::string>& libraries,
                                      std::vector<size_t>& refused) {
  std::vector<Images::Place> places;
  int64_t total = 0;
  refused = place_images(sources, places, total);
  if (!refused.empty()) return nullptr;
  PackedImages host = packed(sources);
  const bool has_files = host.count() < sources.size();
  if (device.is_cpu() && !has_files) return std::make_shared<Images>(std::move(host), device, 0);

  at::Tensor pixels;
  SharedDecoder& shared = decoder_of(device, libraries);
  std::unique_lock<std::mutex> until_done;
  const auto make = [&](cuda::Stream stream) {
    pixels = at::empty({total}, at::TensorOptions().dtype(at::kByte).device(device));
    if (has_files) {
      until_done = std::unique_lock<std::mutex>(shared.lock);
      if (!shared.decoder) shared.decoder = std::make_unique<JpegDecoder>(libraries);
      refused = decode_files(sources, places, pixels, *shared.decoder, stream);
    }
    if (host.count() > 0 && refused.empty()) {
      const auto size = static_cast<int64_t>(host.bytes());
      pixels.narrow(0, 0, size).copy_(at::from_blob(const_cast<uint8_t*>(host.base()), {size}, at::kByte));
    }
  };
  if (device.is_cpu()) {
    make(nullptr);
  } else {
    on_image_stream(device, make);
  }
  if (until_done) until_done.unlock();
  if (!refused.empty()) return nullptr;
  if (device.is_cpu()) return on_cpu(pixels, places);
  std::vector<int64_t> slots;
  int64_t next = 0;
  for (const ImageSource& source : sources) slots.push_back(is_file(source) ? -1 : next++);
  return std::make_shared<Images>(std::move(pixels), std::move(places), std::move(host), std::move(slots));
}

}  // namespace sslmem::torch
