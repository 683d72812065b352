// The wrapper around nvJPEG, with a library of ours in its place (fake/nvjpeg.cpp).

#include "core/jpeg_decoder.h"

#include <dlfcn.h>

#include <stdexcept>

#include "check.h"

namespace sslmem {
namespace {

const std::string kFake = SSLMEM_FAKE_NVJPEG;

// A file of one frame of 2 lines and `columns` columns, with `extra` in a comment.
std::vector<uint8_t> file(uint8_t columns, const std::string& extra = "") {
  std::vector<uint8_t> out;
  const auto add = [&](std::initializer_list<int> bytes) {
    for (const int byte : bytes) out.push_back(static_cast<uint8_t>(byte));
  };
  add({0xFF, 0xD8, 0xFF, 0xFE, 0, static_cast<int>(2 + extra.size())});
  for (const char letter : extra) out.push_back(static_cast<uint8_t>(letter));
  add({0xFF, 0xC0, 0, 17, 8, 0, 2, 0, columns, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xFF, 0xD9});
  return out;
}

int living() {
  void* library = dlopen(kFake.c_str(), RTLD_NOW);
  const auto count = reinterpret_cast<int (*)()>(dlsym(library, "fake_living"))();
  dlclose(library);
  return count;
}

TEST(nvjpeg_that_is_missing_is_named) {
  CHECK_THROWS(NoNvjpeg, JpegDecoder({"libnone.so.1", "libnone.so.2"}), "libnone.so.2");
  CHECK_THROWS(NoNvjpeg, JpegDecoder({"libm.so.6"}), "nvjpegCreateEx");  // another library
  CHECK_EQUAL(nvjpeg_names().size(), size_t{2});
}

TEST(nvjpeg_decodes_a_batch_into_its_places) {
  void* keep = dlopen(kFake.c_str(), RTLD_NOW);
  {
    JpegDecoder decoder({"libnone.so.1", kFake});
    const auto first = file(3), second = file(5, "a comment");
    const std::vector<JpegFile> files{{first.data(), first.size()}, {second.data(), second.size()}};
    CHECK(decoder.takes(files[0], 2, 3) && decoder.takes(files[1], 2, 5));
    CHECK(!decoder.takes(files[0], 2, 4) && !decoder.takes({first.data(), 2}, 2, 3));
    std::vector<uint8_t> pixels(2 * 3 * 3 + 2 * 3 * 5, 0);
    CHECK(decoder.decode(files, {pixels.data(), &pixels[18]}, {3, 5}, nullptr));
    for (size_t i = 0; i < pixels.size(); ++i) {
      const size_t which = i < 18 ? 0 : 1, width = which == 0 ? 9 : 15, at = i - 18 * which;
      CHECK_EQUAL(static_cast<size_t>(pixels[i]), (files[which].size + at % width + at / width) % 256);
    }
    CHECK(decoder.decode({}, {}, {}, nullptr));
    const auto bad = file(3, "BAD!");
    CHECK(
        !decoder.decode({files[0], {bad.data(), bad.size()}}, {pixels.data(), &pixels[18]}, {3, 3}, nullptr));
    CHECK(decoder.decode({files[0]}, {pixels.data()}, {3}, nullptr));  // it goes on after that
    CHECK_EQUAL(living(), 2);
  }
  CHECK_EQUAL(living(), 0);
  dlclose(keep);
}

}  // namespace
}  // namespace sslmem
