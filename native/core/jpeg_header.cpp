#include "jpeg_header.h"

#include <cstring>

namespace sslmem {

namespace {

constexpr int kStartOfImage = 0xD8, kEndOfImage = 0xD9, kStartOfScan = 0xDA, kApp1 = 0xE1, kApp14 = 0xEE;

int big16(const uint8_t* at) { return at[0] << 8 | at[1]; }

bool is_frame(int marker) {  // SOF0 … SOF15 without DHT, JPG and DAC
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool begins(const uint8_t* body, size_t size, const char* text, size_t length) {
  return size >= length && std::memcmp(body, text, length) == 0;
}

// Tag 0x0112 of the first directory of an EXIF segment; 1 if it is not there.
int orientation_of(const uint8_t* tiff, size_t size) {
  if (size < 8) return 1;
  const bool little = tiff[0] == 'I';
  const auto u16 = [&](size_t at) { return little ? tiff[at] | tiff[at + 1] << 8 : big16(tiff + at); };
  const auto u32 = [&](size_t at) {
    const auto first = static_cast<uint32_t>(u16(at)), second = static_cast<uint32_t>(u16(at + 2));
    return little ? first | second << 16 : first << 16 | second;
  };
  const size_t directory = u32(4);
  if (directory > size - 2) return 1;
  const auto entries = static_cast<size_t>(u16(directory));
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > size) return 1;
    if (u16(entry) == 0x0112) return u16(entry + 8);
  }
  return 1;
}

// 4:4:4, 4:4:0, 4:2:2, 4:2:0 or 4:1:1: those that decoders on GPUs state to know.
bool is_common(const uint8_t (&sampling)[3]) {
  const uint8_t luma = sampling[0];
  const bool is_known = luma == 0x11 || luma == 0x12 || luma == 0x21 || luma == 0x22 || luma == 0x41;
  return is_known && sampling[1] == 0x11 && sampling[2] == 0x11;
}

void read_segment(int marker, const uint8_t* body, size_t size, JpegHeader& header) {
  if (is_frame(marker) && size >= 6) {
    header.frame = marker - 0xC0;
    header.precision = body[0];
    header.height = big16(body + 1), header.width = big16(body + 3);
    header.components = body[5];
    header.rgb_names =
        header.components == 3 && size >= 15 && body[6] == 'R' && body[9] == 'G' && body[12] == 'B';
    for (size_t i = 0; i < 3 && size > 7 + 3 * i; ++i) header.sampling[i] = body[7 + 3 * i];
  } else if (marker == kApp1 && begins(body, size, "Exif\0\0", 6)) {
    header.orientation = orientation_of(body + 6, size - 6);
  } else if (marker == kApp14 && begins(body, size, "Adobe", 5) && size >= 12) {
    header.adobe_transform = body[11];
  }
}

}  // namespace

JpegHeader read_jpeg_header(const uint8_t* bytes, size_t size) {
  JpegHeader header;
  if (size < 4 || bytes[0] != 0xFF || bytes[1] != kStartOfImage) return header;
  header.is_whole = bytes[size - 2] == 0xFF && bytes[size - 1] == kEndOfImage;
  for (size_t at = 2; at + 4 <= size && bytes[at] == 0xFF;) {
    const int marker = bytes[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    const auto length = static_cast<size_t>(big16(bytes + at + 2));
    if (marker == kStartOfScan || marker == kEndOfImage || length < 2 || length > size - at - 2) break;
    read_segment(marker, bytes + at + 4, length - 2, header);
    at += 2 + length;
  }
  return header;
}

const char* jpeg_refusal(const JpegHeader& header, bool turned) {
  if (header.frame < 0) return "not a JPEG file";
  if (!header.is_whole) return "cut short";
  if (header.frame != 0 && header.frame != 2) return "neither baseline nor progressive";
  if (header.precision != 8) return "not of 8 bits";
  if (header.height < 1 || header.width < 1) return "without a size";
  if (header.components != 3) return "greyscale or CMYK";
  if (header.adobe_transform == 0 || header.rgb_names) return "RGB inside";
  if (!is_common(header.sampling)) return "sampled in a rare way";
  if (turned && header.orientation != 1) return "turned by EXIF";
  return nullptr;
}

}  // namespace sslmem
