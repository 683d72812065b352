// Headers of JPEG files: nothing is read beyond the bytes, and what a GPU may decode has a size.

#include "core/jpeg_header.h"

#include "fuzz.h"

using namespace sslmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const JpegHeader header = read_jpeg_header(bytes, size);
  FUZZ_REQUIRE(header.frame >= -1 && header.frame <= 15);
  FUZZ_REQUIRE(header.height >= 0 && header.height <= 65535 && header.width >= 0 && header.width <= 65535);
  FUZZ_REQUIRE(header.components >= 0 && header.components <= 255);
  if (jpeg_refusal(header) == nullptr) {
    FUZZ_REQUIRE(header.is_whole && header.height > 0 && header.width > 0 && header.components == 3);
    FUZZ_REQUIRE(header.frame == 0 || header.frame == 2);
  }
  return 0;
}
