// A library that is called as nvJPEG is: "device" memory is the host's. Pixels are a ramp that begins with
// the length of the file, so that a test knows which file went where; a batch with a file that has "BAD!" in
// it fails.
#include <cstring>
#include <string>

#include "core/jpeg_header.h"

namespace {

constexpr int kInvalid = 2, kBadJpeg = 3;
int handles = 0, states = 0;

struct Image {
  unsigned char* channel[4];
  size_t pitch[4];
};

struct State {
  int size = 0;
};

bool is_bad(const unsigned char* bytes, size_t size) {
  return std::string(reinterpret_cast<const char*>(bytes), size).find("BAD!") != std::string::npos;
}

}  // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) int

FAKE nvjpegCreateEx(int backend, void*, void*, unsigned flags, void** handle) {
  if (backend != 0 || flags != 32) return kInvalid;
  ++handles;
  *handle = &handles;
  return 0;
}
FAKE nvjpegDestroy(void*) { return --handles, 0; }
FAKE nvjpegJpegStateCreate(void*, void** state) {
  ++states;
  *state = new State;
  return 0;
}
FAKE nvjpegJpegStateDestroy(void* state) {
  delete static_cast<State*>(state);
  return --states, 0;
}
FAKE nvjpegGetImageInfo(void*, const unsigned char* bytes, size_t size, int* components, int* subsampling,
                        int* widths, int* heights) {
  const sslmem::JpegHeader header = sslmem::read_jpeg_header(bytes, size);
  if (header.frame < 0) return kBadJpeg;
  *components = header.components, *subsampling = 2;
  widths[0] = header.width, heights[0] = header.height;
  return 0;
}
FAKE nvjpegDecodeBatchedInitialize(void*, void* state, int size, int threads, int format) {
  if (format != 5 || threads < 1) return kInvalid;
  static_cast<State*>(state)->size = size;
  return 0;
}
FAKE nvjpegDecodeBatched(void*, void* state, const unsigned char* const* files, const size_t* sizes,
                         Image* images, void*) {
  const int count = static_cast<State*>(state)->size;
  for (int i = 0; i < count; ++i)
    if (is_bad(files[i], sizes[i])) return kBadJpeg;
  for (int i = 0; i < count; ++i) {
    const sslmem::JpegHeader header = sslmem::read_jpeg_header(files[i], sizes[i]);
    for (int y = 0; y < header.height; ++y) {
      unsigned char* row = images[i].channel[0] + static_cast<size_t>(y) * images[i].pitch[0];
      for (int x = 0; x < 3 * header.width; ++x)
        row[x] = static_cast<unsigned char>(sizes[i] + static_cast<size_t>(x + y));
    }
  }
  return 0;
}
/// Handles and states that have not been destroyed.
FAKE fake_living() { return handles + states; }
