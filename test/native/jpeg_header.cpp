// Headers of JPEG files, made segment by segment.

#include "core/jpeg_header.h"

#include <string>
#include <vector>

#include "check.h"

namespace sslmem {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts)
    for (const uint8_t byte : part) out.push_back(byte);
  return out;
}

Bytes segment(uint8_t marker, const Bytes& body) {
  const size_t length = body.size() + 2;
  return joined({{0xFF, marker, static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)}, body});
}

// A frame of 3 lines and 300 columns.
Bytes frame(uint8_t components = 3, uint8_t marker = 0xC0, uint8_t precision = 8, bool named = false,
            const Bytes& sampling = {0x22, 0x11, 0x11, 0x22}) {
  std::vector<Bytes> parts{{precision, 0, 3, 1, 44, components}};
  for (uint8_t c = 0; c < components; ++c)
    parts.push_back({named ? static_cast<uint8_t>("RGB"[c]) : static_cast<uint8_t>(1 + c), sampling[c], 0});
  return segment(marker, joined(parts));
}

Bytes file(const std::vector<Bytes>& segments) {
  return joined({{0xFF, 0xD8},
                 joined(segments),
                 segment(0xDA, {3, 1, 0, 2, 0, 3, 0, 0, 63, 0}),
                 {0x12, 0x34, 0xFF, 0xD9}});
}

Bytes exif(bool little, uint8_t orientation) {
  const Bytes tiff =
      little ? Bytes{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0}
             : Bytes{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0};
  return segment(0xE1, joined({{'E', 'x', 'i', 'f', 0, 0}, tiff}));
}

Bytes adobe(uint8_t transform) {
  return segment(0xEE, {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform});
}

std::string refusal(const Bytes& bytes, bool turned = false) {
  const char* why = jpeg_refusal(read_jpeg_header(bytes.data(), bytes.size()), turned);
  return why == nullptr ? "" : why;
}

TEST(jpeg_headers_give_the_size_and_no_reason_to_refuse) {
  const Bytes bytes = file({segment(0xE0, {'J', 'F', 'I', 'F', 0}), exif(true, 1), adobe(1), frame()});
  const JpegHeader header = read_jpeg_header(bytes.data(), bytes.size());
  CHECK_EQUAL(header.height, 3);
  CHECK_EQUAL(header.width, 300);
  CHECK_EQUAL(refusal(bytes), std::string());
  CHECK_EQUAL(refusal(file({frame(3, 0xC2)})), std::string());  // progressive
}

TEST(jpeg_headers_that_sharp_treats_in_its_own_way_are_refused) {
  CHECK_EQUAL(refusal({}), std::string("not a JPEG file"));
  CHECK_EQUAL(refusal({0x89, 'P', 'N', 'G', 13, 10, 26, 10}), std::string("not a JPEG file"));
  CHECK_EQUAL(refusal(file({frame(1)})), std::string("greyscale or CMYK"));
  CHECK_EQUAL(refusal(file({frame(4)})), std::string("greyscale or CMYK"));
  CHECK_EQUAL(refusal(file({frame(3, 0xC3)})), std::string("neither baseline nor progressive"));
  CHECK_EQUAL(refusal(file({frame(3, 0xC9)})), std::string("neither baseline nor progressive"));
  CHECK_EQUAL(refusal(file({frame(3, 0xC0, 12)})), std::string("not of 8 bits"));
  CHECK_EQUAL(refusal(file({frame(3, 0xC0, 8, true)})), std::string("RGB inside"));
  CHECK_EQUAL(refusal(file({adobe(0), frame()})), std::string("RGB inside"));
  Bytes profile{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, 1, 1};
  CHECK_EQUAL(refusal(file({segment(0xE2, profile), frame()})), std::string());  // nobody follows it
  Bytes cut = file({frame()});
  cut.pop_back();
  CHECK_EQUAL(refusal(cut), std::string("cut short"));
}

TEST(jpeg_headers_of_turned_pictures_are_refused_where_pictures_are_turned) {
  for (uint8_t orientation = 2; orientation <= 8; ++orientation) {
    for (const bool little : {false, true}) {
      const Bytes bytes = file({exif(little, orientation), frame()});
      CHECK_EQUAL(refusal(bytes, true), std::string("turned by EXIF"));
      CHECK_EQUAL(refusal(bytes), std::string());
    }
  }
  CHECK_EQUAL(refusal(file({exif(false, 1), frame()}), true), std::string());
  CHECK_EQUAL(refusal(file({frame()}), true), std::string());
}

TEST(jpeg_headers_with_rare_sampling_are_refused) {
  for (const uint8_t luma : {0x11, 0x12, 0x21, 0x22, 0x41})
    CHECK_EQUAL(refusal(file({frame(3, 0xC0, 8, false, {luma, 0x11, 0x11})})), std::string());
  for (const Bytes& sampling : {Bytes{0x11, 0x22, 0x22}, Bytes{0x22, 0x21, 0x11}, Bytes{0x31, 0x11, 0x11},
                                Bytes{0x22, 0x11, 0x12}, Bytes{0x14, 0x11, 0x11}, Bytes{0x00, 0x11, 0x11}})
    CHECK_EQUAL(refusal(file({frame(3, 0xC0, 8, false, sampling)})), std::string("sampled in a rare way"));
}

// Under the sanitizers: whatever is cut off or changed, nothing is read beyond the end.
TEST(jpeg_headers_are_read_within_their_bytes) {
  const Bytes whole = file({exif(true, 6), exif(false, 6), adobe(1), frame()});
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(!refusal(part).empty());
    for (const uint8_t value : {uint8_t{0}, uint8_t{0x7F}, uint8_t{0xFF}}) {
      Bytes changed = whole;
      changed[size] = value;
      read_jpeg_header(changed.data(), changed.size());
    }
  }
}

}  // namespace
}  // namespace sslmem
