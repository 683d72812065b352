#pragma once
// What the header of a JPEG file says, and whether a decoder on a GPU may be given it.

#include <cstddef>
#include <cstdint>

namespace sslmem {

struct JpegHeader {
  int height = 0, width = 0, components = 0, precision = 0;  ///< of the frame; 0 if there is none
  int frame = -1;                                            ///< n of its SOFn: 0 baseline, 2 progressive
  int orientation = 1;                                       ///< EXIF's; 1: as it is
  int adobe_transform = -1;  ///< -1: no Adobe segment; 0: RGB or CMYK, 1: YCbCr, 2: YCCK
  bool rgb_names = false;    ///< the components are called R, G, B
  uint8_t sampling[3] = {};  ///< of the first three components: horizontal factor · 16 + vertical factor
  bool is_whole = false;     ///< the file ends with the end marker
};

/// Reads the segments before the first scan; never beyond `size`. What is not a JPEG has no frame.
JpegHeader read_jpeg_header(const uint8_t* bytes, size_t size);

/// Why pixels of a GPU's decoder would not be those that src/data/decode-image.ts gives, which converts CMYK,
/// knows RGB and judges damage; nullptr if there is no reason: an 8-bit YCbCr file, baseline or progressive,
/// complete. A colour profile is none, since nobody follows it. With `turned` (--orientation exif) an EXIF
/// orientation is one, since the GPU's decoder gives the picture as it is stored.
const char* jpeg_refusal(const JpegHeader& header, bool turned = false);

}  // namespace sslmem
