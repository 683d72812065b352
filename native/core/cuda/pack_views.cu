// Normalise and cast: planes to what the encoder is fed, channels last, float32 or bfloat16.

#include "core/bf16.h"
#include "core/color_math.h"
#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"
#include "core/cuda/views.h"

namespace sslmem::cuda {

namespace {

constexpr unsigned kThreads = 256;

__device__ inline void store(float x, float* to) { *to = x; }
__device__ inline void store(float x, uint16_t* to) { *to = bf16_bits(x); }

// One thread a value: neighbours write neighbouring addresses, and read three runs of them.
template <class Out>
__global__ void pack_kernel(const float* planes, size_t values, size_t pixels, Normalization normalization,
                            Out* out) {
  const size_t i = static_cast<size_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= values) return;
  const size_t pixel = i / 3, channel = i % 3;
  const float x = planes[(pixel / pixels * 3 + channel) * pixels + pixel % pixels];
  store(normalized(x, normalization.mean[channel], normalization.scale[channel]), out + i);
}

template <class Out>
void pack(const float* planes, size_t count, int height, int width, const Normalization& normalization,
          Out* out, Stream stream) {
  if (count == 0) return;
  check_size(height, width);
  const size_t pixels = static_cast<size_t>(height) * static_cast<size_t>(width), values = 3 * count * pixels;
  SSLMEM_LAUNCH(pack_kernel<Out>, block_count((values + kThreads - 1) / kThreads, 1), kThreads, 0, stream,
                planes, values, pixels, normalization, out);
}

}  // namespace

void pack_views(const float* planes, size_t count, int height, int width, const Normalization& normalization,
                float* out, Stream stream) {
  pack(planes, count, height, width, normalization, out, stream);
}

void pack_views_bf16(const float* planes, size_t count, int height, int width,
                     const Normalization& normalization, uint16_t* out, Stream stream) {
  pack(planes, count, height, width, normalization, out, stream);
}

}  // namespace sslmem::cuda
