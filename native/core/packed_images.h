#pragma once
// Many decoded images behind one handle: in memory, or mapped from a packed file.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "augment.h"

namespace sslmem {

/// Longest side and largest number of pixels of one image: whatever a kernel computes with them fits an
/// int32.
constexpr uint32_t kMaxSide = 65535;
constexpr uint64_t kMaxPixels = uint64_t{1} << 29;

/// A read-only list of RGB uint8 images; slot i is image i. Safe to read from many threads.
///
/// File format, little-endian (written by src/data): byte 0 "SSLMPACK"; 8: u32 version = 1; 12: u32 channels
/// = 3; 16: u64 count; 24: u64 index offset; 32: SHA-256 of the manifest, 32 raw bytes; pixels from 64 on; at
/// the index offset count times {u64 offset; u32 height; u32 width}, to the end of the file.
class PackedImages {
 public:
  PackedImages(PackedImages&&) = default;
  PackedImages& operator=(PackedImages&&) = default;

  /// Copies images that lie one after the other in `pixels`, without gaps. Throws std::invalid_argument if a
  /// side is 0 or too long, or the sizes do not add up to `bytes`.
  static PackedImages copy_of(const uint8_t* pixels, size_t bytes, const uint32_t* heights,
                              const uint32_t* widths, size_t count);

  /// Maps a packed file. Everything in its header and index is checked against the file's size. Throws
  /// std::runtime_error naming the file and what was expected. The file must not be shortened while it is
  /// open.
  static PackedImages open(const std::string& path);

  size_t count() const { return images_.size(); }

  /// Throws std::out_of_range if there is no such slot.
  const ImageView& image(size_t slot) const;

  /// Where the memory begins that all images lie in, bytes() long.
  const uint8_t* base() const { return storage_.get(); }

  /// SHA-256 of the manifest that the file was written for; nullptr if the images are in memory.
  const std::array<uint8_t, 32>* manifest_hash() const { return has_hash_ ? &hash_ : nullptr; }

  /// Bytes of pixels in memory, or of the mapped file.
  size_t bytes() const { return bytes_; }
  bool is_mapped() const { return has_hash_; }

 private:
  PackedImages() = default;

  std::shared_ptr<const uint8_t> storage_;  // frees or unmaps
  size_t bytes_ = 0;
  std::vector<ImageView> images_;
  std::array<uint8_t, 32> hash_{};
  bool has_hash_ = false;
};

/// height * width * 3 of one image. Throws std::invalid_argument, naming the image, if a side is 0 or the
/// image is too large.
uint64_t image_bytes(uint64_t slot, uint32_t height, uint32_t width);

}  // namespace sslmem
