// Gaussian blur, one kernel for both axes: a thread makes one value from its neighbours, which the
// first-level cache holds. Terms are added in the order of the CPU's, so the bits are the same.

#include <stdexcept>

#include "core/blur_math.h"
#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"
#include "core/cuda/views.h"

namespace sslmem::cuda {

namespace {

constexpr unsigned kThreads = 256;

// axis 0: along x; 1: along y.
__global__ void blur_kernel(const float* from, float* to, int height, int width, int axis,
                            const float* all_weights, const int32_t* all_taps, int stride,
                            unsigned blocks_each) {
  const size_t plane = static_cast<size_t>(height) * static_cast<size_t>(width);
  const size_t view = blockIdx.x / (3 * blocks_each), channel = blockIdx.x / blocks_each;  // of all views
  const size_t at = static_cast<size_t>(blockIdx.x % blocks_each) * kThreads + threadIdx.x;
  const size_t kernel = 2 * view + static_cast<size_t>(axis);
  const int taps = all_taps[kernel];
  if (taps == 0 || at >= plane) return;
  const float* weights = all_weights + kernel * static_cast<size_t>(stride);
  const int x = static_cast<int>(at % static_cast<size_t>(width));
  const int y = static_cast<int>(at / static_cast<size_t>(width));
  const int side = axis == 0 ? width : height, middle = (axis == 0 ? x : y) - taps / 2;
  const size_t step = axis == 0 ? 1 : static_cast<size_t>(width);
  const float* line =
      from + channel * plane + (axis == 0 ? at - static_cast<size_t>(x) : static_cast<size_t>(x));
  float sum = 0.0f;
  for (int k = 0; k < taps; ++k)
    sum += line[static_cast<size_t>(reflect(middle + k, side)) * step] * weights[k];
  to[channel * plane + at] = sum;
}

}  // namespace

void blur(float* planes, float* spare, size_t count, int height, int width, const float* weights,
          const int32_t* taps, int stride, Stream stream) {
  if (count == 0) return;
  check_size(height, width);
  if (stride < 1) throw std::invalid_argument("Expected a stride of at least 1");
  const uint64_t pixels = static_cast<uint64_t>(height) * static_cast<uint64_t>(width);
  const auto blocks_each = static_cast<unsigned>((pixels + kThreads - 1) / kThreads);
  const unsigned blocks = block_count(count, 3 * static_cast<uint64_t>(blocks_each));
  SSLMEM_LAUNCH(blur_kernel, blocks, kThreads, 0, stream, planes, spare, height, width, 0, weights, taps,
                stride, blocks_each);
  SSLMEM_LAUNCH(blur_kernel, blocks, kThreads, 0, stream, spare, planes, height, width, 1, weights, taps,
                stride, blocks_each);
}

}  // namespace sslmem::cuda
