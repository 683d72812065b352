#include "packed_images.h"

#include <cstring>
#include <stdexcept>

#include "mapped_file.h"

namespace sslmem {

namespace {

constexpr char kMagic[] = "SSLMPACK";
constexpr size_t kHeaderBytes = 64, kEntryBytes = 16;

// Little-endian, from any alignment, on any machine.
template <class T>
T read_little_endian(const uint8_t* from) {
  T value = 0;
  for (size_t byte = 0; byte < sizeof(T); ++byte) value |= static_cast<T>(T{from[byte]} << (8 * byte));
  return value;
}

[[noreturn]] void malformed(const std::string& path, const std::string& expected,
                            const std::string& received) {
  throw std::runtime_error("Expected " + expected + " in the packed images " + path + " but received " +
                           received);
}

}  // namespace

uint64_t image_bytes(uint64_t slot, uint32_t height, uint32_t width) {
  if (height == 0 || width == 0 || height > kMaxSide || width > kMaxSide ||
      uint64_t{height} * width > kMaxPixels) {
    throw std::invalid_argument("Expected sides in [1, " + std::to_string(kMaxSide) + "] and at most " +
                                std::to_string(kMaxPixels) + " pixels for image " + std::to_string(slot) +
                                " but received " + std::to_string(height) + " x " + std::to_string(width));
  }
  return uint64_t{height} * width * 3;
}

const ImageView& PackedImages::image(size_t slot) const {
  if (slot >= images_.size()) {
    throw std::out_of_range("Expected a slot below " + std::to_string(images_.size()) + " but received " +
                            std::to_string(slot));
  }
  return images_[slot];
}

PackedImages PackedImages::copy_of(const uint8_t* pixels, size_t bytes, const uint32_t* heights,
                                   const uint32_t* widths, size_t count) {
  uint64_t total = 0;  // cannot overflow: at most 2^31 bytes an image, and the counts come from memory
  for (size_t i = 0; i < count; ++i) total += image_bytes(i, heights[i], widths[i]);
  if (total != bytes) {
    throw std::invalid_argument("Expected " + std::to_string(total) +
                                " bytes for pixels (the sum of height * " + "width * 3) but received " +
                                std::to_string(bytes));
  }
  PackedImages pack;
  const std::shared_ptr<uint8_t> storage(new uint8_t[bytes], std::default_delete<uint8_t[]>());
  if (bytes > 0) std::memcpy(storage.get(), pixels, bytes);
  pack.images_.reserve(count);
  size_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    pack.images_.push_back(
        {storage.get() + offset, static_cast<int>(heights[i]), static_cast<int>(widths[i])});
    offset += static_cast<size_t>(image_bytes(i, heights[i], widths[i]));
  }
  pack.storage_ = storage;
  pack.bytes_ = bytes;
  return pack;
}

PackedImages PackedImages::open(const std::string& path) {
  const MappedFile file = map_file(path);
  const uint8_t* bytes = file.bytes.get();
  const uint64_t size = file.size;
  if (size < kHeaderBytes) malformed(path, "at least 64 bytes", std::to_string(size));
  if (std::memcmp(bytes, kMagic, 8) != 0) malformed(path, "the first bytes SSLMPACK", "others");
  const auto version = read_little_endian<uint32_t>(bytes + 8);
  if (version != 1) malformed(path, "version 1", std::to_string(version));
  const auto channels = read_little_endian<uint32_t>(bytes + 12);
  if (channels != 3) malformed(path, "3 channels", std::to_string(channels));
  const auto count = read_little_endian<uint64_t>(bytes + 16);
  const auto index = read_little_endian<uint64_t>(bytes + 24);
  if (index < kHeaderBytes || index > size) {
    malformed(path, "an index offset in [64, " + std::to_string(size) + "]", std::to_string(index));
  }
  // Divided, because count * 16 could overflow.
  if ((size - index) / kEntryBytes != count || (size - index) % kEntryBytes != 0) {
    malformed(path, std::to_string(count) + " index entries of 16 bytes at byte " + std::to_string(index),
              std::to_string(size - index) + " bytes there");
  }

  PackedImages pack;
  pack.images_.reserve(static_cast<size_t>(count));
  for (uint64_t i = 0; i < count; ++i) {
    const uint8_t* entry = bytes + index + i * kEntryBytes;
    const auto offset = read_little_endian<uint64_t>(entry);
    const auto height = read_little_endian<uint32_t>(entry + 8),
               width = read_little_endian<uint32_t>(entry + 12);
    uint64_t length = 0;
    try {
      length = image_bytes(i, height, width);
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(std::string(error.what()) + " in the packed images " + path);
    }
    if (offset < kHeaderBytes || offset > index || length > index - offset) {
      malformed(path,
                "the pixels of image " + std::to_string(i) + " within bytes 64 to " + std::to_string(index),
                std::to_string(length) + " bytes at " + std::to_string(offset));
    }
    pack.images_.push_back({bytes + offset, static_cast<int>(height), static_cast<int>(width)});
  }
  std::memcpy(pack.hash_.data(), bytes + 32, pack.hash_.size());
  pack.has_hash_ = true;
  pack.storage_ = file.bytes;
  pack.bytes_ = static_cast<size_t>(size);
  return pack;
}

}  // namespace sslmem
