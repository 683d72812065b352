// Packed files: whatever is accepted lies within the file.

#include "core/packed_images.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "fuzz.h"

using namespace sslmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const int file = memfd_create("pack", MFD_CLOEXEC);
  FUZZ_REQUIRE(file >= 0 && write(file, bytes, size) == static_cast<ssize_t>(size));
  try {
    const auto pack = PackedImages::open("/proc/self/fd/" + std::to_string(file));
    FUZZ_REQUIRE(pack.bytes() == size);
    const uint8_t* end = pack.base() + size;
    for (size_t slot = 0; slot < pack.count(); ++slot) {
      const ImageView& image = pack.image(slot);
      const size_t length = size_t{3} * static_cast<size_t>(image.height) * static_cast<size_t>(image.width);
      FUZZ_REQUIRE(image.height > 0 && image.width > 0 && length > 0);
      // The last page of a mapping reaches beyond the file, where no sanitizer looks.
      FUZZ_REQUIRE(image.pixels >= pack.base() + 64 && image.pixels <= end);
      FUZZ_REQUIRE(length <= static_cast<size_t>(end - image.pixels));
    }
  } catch (const std::runtime_error&) {
  }
  close(file);
  return 0;
}
