#pragma once
// Decoding JPEG files on an NVIDIA GPU by nvJPEG. The library is opened when it is asked for, so that nothing
// is linked to it and machines without it lack nothing else.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/cuda/views.h"

namespace sslmem {

/// An encoded file in host memory, borrowed.
struct JpegFile {
  const uint8_t* bytes;
  size_t size;
};

/// What nvJPEG is called on this system, newest first.
std::vector<std::string> nvjpeg_names();

/// There is no nvJPEG that can be used.
struct NoNvjpeg : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A decoder of the CUDA device that is current when it is made. For one thread at a time.
class JpegDecoder {
 public:
  /// Opens the first of the libraries that there is. Throws NoNvjpeg naming all of them, what the
  /// loader says, or the call of nvJPEG that failed.
  explicit JpegDecoder(const std::vector<std::string>& libraries = nvjpeg_names());
  ~JpegDecoder();
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  /// Whether nvJPEG knows the file and sees the size that is expected of it.
  bool takes(const JpegFile& file, int height, int width) const;

  /// Decodes all files: pixels[i] is device memory for RGB uint8 [height, width, 3] of file i. False if
  /// nvJPEG refuses the batch; then nothing can be said of any of them. Queues work on the stream; files and
  /// pixels must stay until it is done.
  bool decode(const std::vector<JpegFile>& files, const std::vector<uint8_t*>& pixels,
              const std::vector<int>& widths, cuda::Stream stream);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace sslmem
