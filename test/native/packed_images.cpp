// Packed images, and every way their file can be wrong.
#include "core/packed_images.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "check.h"
#include "random.h"

using namespace sslmem;

namespace {

void put(std::string& bytes, size_t at, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

constexpr uint32_t kHeights[] = {2, 1, 7}, kWidths[] = {3, 1, 5};
constexpr size_t kPixels = (6 + 1 + 35) * 3, kIndex = 64 + kPixels;

// Three images whose bytes count up.
std::string packed_file() {
  std::string bytes(64, '\0');
  std::memcpy(bytes.data(), "SSLMPACK", 8);
  put(bytes, 8, 1, 4), put(bytes, 12, 3, 4), put(bytes, 16, 3, 8), put(bytes, 24, kIndex, 8);
  for (size_t i = 0; i < 32; ++i) bytes[32 + i] = static_cast<char>(200 + i);
  for (size_t i = 0; i < kPixels; ++i) bytes.push_back(static_cast<char>(i));
  size_t offset = 64;
  for (size_t i = 0; i < 3; ++i) {
    const size_t at = bytes.size();
    bytes.resize(at + 16);
    put(bytes, at, offset, 8), put(bytes, at + 8, kHeights[i], 4), put(bytes, at + 12, kWidths[i], 4);
    offset += size_t{kHeights[i]} * kWidths[i] * 3;
  }
  return bytes;
}

// A file that is gone at the end of the test.
struct TemporaryFile {
  std::string path = "/tmp/sslmem-test-" + std::to_string(getpid()) + ".pack";
  explicit TemporaryFile(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path.c_str()); }
};

void check_refused(const std::string& bytes, const std::string& part) {
  const TemporaryFile file(bytes);
  CHECK_THROWS(std::runtime_error, PackedImages::open(file.path), part);
  CHECK_THROWS(std::runtime_error, PackedImages::open(file.path), file.path);
}

std::string with(size_t at, uint64_t value, size_t width) {
  auto bytes = packed_file();
  put(bytes, at, value, width);
  return bytes;
}

}  // namespace

TEST(packed_file_gives_its_images) {
  const TemporaryFile file(packed_file());
  auto opened = PackedImages::open(file.path);
  const PackedImages pack = std::move(opened);
  CHECK_EQUAL(pack.count(), 3u);
  CHECK_EQUAL(pack.bytes(), packed_file().size());
  CHECK_EQUAL(int{(*pack.manifest_hash())[31]}, 231);
  uint8_t expected = 0;
  for (size_t slot = 0; slot < 3; ++slot) {
    const ImageView& image = pack.image(slot);
    CHECK_EQUAL(image.height, static_cast<int>(kHeights[slot]));
    CHECK_EQUAL(image.width, static_cast<int>(kWidths[slot]));
    for (int i = 0; i < image.height * image.width * 3; ++i) CHECK_EQUAL(image.pixels[i], expected++);
  }
  CHECK_THROWS(std::out_of_range, pack.image(3), "slot below 3 but received 3");
}

TEST(packed_file_with_a_wrong_header_or_index_is_refused) {
  check_refused("", "at least 64 bytes");
  check_refused(packed_file().substr(0, 63), "received 63");
  check_refused(with(0, 'X', 1), "SSLMPACK");
  check_refused(with(8, 2, 4), "version 1");
  check_refused(with(12, 4, 4), "3 channels");
  for (const uint64_t count : {uint64_t{0}, uint64_t{2}, uint64_t{4}, ~uint64_t{0}, uint64_t{1} << 60}) {
    check_refused(with(16, count, 8), "index entries");
  }
  check_refused(with(24, 63, 8), "index offset in [64");
  check_refused(with(24, ~uint64_t{0}, 8), "index offset in [64");
  check_refused(with(24, kIndex - 1, 8), "index entries");
  check_refused(packed_file().substr(0, kIndex + 47), "index entries");
  check_refused(packed_file() + "x", "index entries");
}

TEST(packed_file_with_a_wrong_image_is_refused) {
  const size_t entry = kIndex + 16;  // of image 1
  for (const uint64_t offset :
       {uint64_t{0}, uint64_t{63}, uint64_t{kIndex - 2}, ~uint64_t{0}, ~uint64_t{2}}) {
    check_refused(with(entry, offset, 8), "pixels of image 1 within bytes 64");
  }
  check_refused(with(entry + 8, 0, 4), "image 1");
  check_refused(with(entry + 12, 0, 4), "image 1");
  check_refused(with(entry + 8, 0xFFFFFFFF, 4), "sides in [1, 65535]");
  check_refused(with(entry + 8, 0xFFFFFFFFFFFFFFFF, 8), "sides in [1, 65535]");
  check_refused(with(entry + 8, 0x0000FFFF0000FFFF, 8), "at most 536870912 pixels");
  check_refused(with(entry + 8, 60000, 4), "pixels of image 1 within");
}

TEST(packed_file_that_cannot_be_read_is_refused) {
  CHECK_THROWS(std::runtime_error, PackedImages::open("/nowhere/at.pack"), "Could not open /nowhere/at.pack");
  CHECK_THROWS(std::runtime_error, PackedImages::open("/tmp"), "not a regular file");
}

TEST(packed_images_in_memory) {
  const uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const uint32_t heights[] = {1, 2}, widths[] = {1, 1};
  const auto pack = PackedImages::copy_of(pixels, 9, heights, widths, 2);
  CHECK_EQUAL(pack.count(), 2u);
  CHECK(pack.manifest_hash() == nullptr);
  CHECK_EQUAL(int{pack.image(1).pixels[5]}, 9);
  CHECK_EQUAL(PackedImages::copy_of(nullptr, 0, nullptr, nullptr, 0).count(), 0u);
  CHECK_THROWS(std::invalid_argument, PackedImages::copy_of(pixels, 8, heights, widths, 2),
               "Expected 9 bytes");
  const uint32_t none[] = {1, 0};
  CHECK_THROWS(std::invalid_argument, PackedImages::copy_of(pixels, 3, heights, none, 2), "image 1");
}

TEST(property_damaged_packed_files_are_refused_or_safe) {
  TestRandom random(11);
  const auto good = packed_file();
  size_t refused = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    auto bytes = good;
    for (size_t n = random.integer(1, 3); n > 0; --n) {
      const size_t at =
          random.uniform() < 0.5 ? random.integer(8, 31) : random.integer(kIndex, good.size() - 1);
      bytes[at] =
          static_cast<char>(random.uniform() < 0.5 ? random.next() : bytes[at] ^ (1 << random.integer(0, 7)));
    }
    if (random.uniform() < 0.2) bytes.resize(random.integer(0, bytes.size()));
    const TemporaryFile file(bytes);
    try {
      const auto pack = PackedImages::open(file.path);
      unsigned sum = 0;  // under AddressSanitizer or past the mapping this would not survive a wrong view
      for (size_t slot = 0; slot < pack.count(); ++slot) {
        const auto& image = pack.image(slot);
        for (int i = 0; i < image.height * image.width * 3; ++i) sum += image.pixels[i];
      }
      CHECK(sum > 0 || pack.count() == 0);
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}
