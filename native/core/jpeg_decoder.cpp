#include "jpeg_decoder.h"

#include <dlfcn.h>

#include <stdexcept>

namespace sslmem {

namespace {

// Of nvjpeg.h (12 and 13; the numbers belong to its binary interface).
using Handle = void*;
using State = void*;
struct Image {
  unsigned char* channel[4];
  size_t pitch[4];
};
constexpr int kSuccess = 0, kBackendDefault = 0, kOutputRgbInterleaved = 5;
// Chroma is interpolated as libjpeg does ("fancy upsampling"); without it edges differ by far more than 2
// levels.
constexpr unsigned kInterpolate = 1u << 5;

}  // namespace

std::vector<std::string> nvjpeg_names() { return {"libnvjpeg.so.13", "libnvjpeg.so.12"}; }

struct JpegDecoder::Library {
  void* file = nullptr;
  Handle handle = nullptr;
  State state = nullptr;

  int (*create)(int backend, void* device_allocator, void* pinned_allocator, unsigned flags,
                Handle*) = nullptr;
  int (*destroy)(Handle) = nullptr;
  int (*create_state)(Handle, State*) = nullptr;
  int (*destroy_state)(State) = nullptr;
  int (*info)(Handle, const unsigned char*, size_t, int* components, int* subsampling, int* widths,
              int* heights) = nullptr;
  int (*begin_batch)(Handle, State, int size, int threads, int format) = nullptr;
  int (*decode_batch)(Handle, State, const unsigned char* const*, const size_t*, Image*,
                      cuda::Stream) = nullptr;

  explicit Library(const std::vector<std::string>& names) {
    std::string why;
    for (const std::string& name : names) {
      file = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (file != nullptr) break;
      const char* said = dlerror();
      why += (why.empty() ? "" : "; ") + std::string(said == nullptr ? name : said);
    }
    if (file == nullptr) throw NoNvjpeg("Expected nvJPEG but it cannot be opened: " + why);
  }

  ~Library() {
    if (state != nullptr) destroy_state(state);
    if (handle != nullptr) destroy(handle);
    dlclose(file);
  }

  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(file, name));
    if (function == nullptr) throw NoNvjpeg(std::string("Expected nvJPEG to have ") + name);
  }
};

JpegDecoder::JpegDecoder(const std::vector<std::string>& libraries)
    : library_(std::make_unique<Library>(libraries)) {
  Library& l = *library_;
  l.find("nvjpegCreateEx", l.create);
  l.find("nvjpegDestroy", l.destroy);
  l.find("nvjpegJpegStateCreate", l.create_state);
  l.find("nvjpegJpegStateDestroy", l.destroy_state);
  l.find("nvjpegGetImageInfo", l.info);
  l.find("nvjpegDecodeBatchedInitialize", l.begin_batch);
  l.find("nvjpegDecodeBatched", l.decode_batch);
  const auto check = [](int status, const char* call) {
    if (status != kSuccess)
      throw NoNvjpeg(std::string(call) + " of nvJPEG failed with status " + std::to_string(status));
  };
  check(l.create(kBackendDefault, nullptr, nullptr, kInterpolate, &l.handle), "nvjpegCreateEx");
  check(l.create_state(l.handle, &l.state), "nvjpegJpegStateCreate");
}

JpegDecoder::~JpegDecoder() = default;

bool JpegDecoder::takes(const JpegFile& file, int height, int width) const {
  int components = 0, subsampling = 0, widths[4] = {}, heights[4] = {};
  return library_->info(library_->handle, file.bytes, file.size, &components, &subsampling, widths,
                        heights) == kSuccess &&
         components == 3 && widths[0] == width && heights[0] == height;
}

bool JpegDecoder::decode(const std::vector<JpegFile>& files, const std::vector<uint8_t*>& pixels,
                         const std::vector<int>& widths, cuda::Stream stream) {
  if (files.empty()) return true;
  if (pixels.size() != files.size() || widths.size() != files.size())
    throw std::invalid_argument("Expected as many destinations as files");
  std::vector<const unsigned char*> data;
  std::vector<size_t> sizes;
  std::vector<Image> images(files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    data.push_back(files[i].bytes);
    sizes.push_back(files[i].size);
    images[i] = {};
    images[i].channel[0] = pixels[i];
    images[i].pitch[0] = 3 * static_cast<size_t>(widths[i]);
  }
  Library& l = *library_;
  return l.begin_batch(l.handle, l.state, static_cast<int>(files.size()), 1, kOutputRgbInterleaved) ==
             kSuccess &&
         l.decode_batch(l.handle, l.state, data.data(), sizes.data(), images.data(), stream) == kSuccess;
}

}  // namespace sslmem
