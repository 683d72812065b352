// The pointwise colour chain in one kernel, one block a view. For each contrast the block first runs what
// stands before it without keeping the result, only for the sum of its grey values: that reads the planes
// once more, but writes them once.

#include <stdexcept>
#include <string>

#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"
#include "core/cuda/views.h"

namespace sslmem::cuda {

namespace {

constexpr unsigned kThreads = 512;

__device__ inline Rgb<float> run_ops(Rgb<float> pixel, const PointOp* ops, int count, const float* offsets) {
  for (int i = 0; i < count; ++i) pixel = apply_point_op(ops[i], pixel, offsets[i]);
  return pixel;
}

__global__ void point_ops_kernel(float* planes, size_t pixels, const PointOp* all_ops, const int32_t* begin) {
  SSLMEM_DYNAMIC_SHARED(partial);
  float* offsets =
      reinterpret_cast<float*>(partial + kThreads / kWarp);  // of each operation; 0 if no contrast
  const PointOp* ops = all_ops + begin[blockIdx.x];
  const int count = begin[blockIdx.x + 1] - begin[blockIdx.x];
  if (count == 0) return;
  float* red = planes + static_cast<size_t>(blockIdx.x) * 3 * pixels;
  float *green = red + pixels, *blue = green + pixels;

  for (int i = 0; i < count; ++i) {
    float offset = 0.0f;
    if (ops[i].kind == OpKind::AdjustContrast) {
      double sum = 0.0;
      for (size_t p = threadIdx.x; p < pixels; p += kThreads) {
        const Rgb<float> pixel = run_ops({red[p], green[p], blue[p]}, ops, i, offsets);
        sum += static_cast<double>(gray_of(pixel.r, pixel.g, pixel.b));
      }
      offset = static_cast<float>(ops[i].rest * (block_sum(sum, partial) / static_cast<double>(pixels)));
    }
    if (threadIdx.x == 0) offsets[i] = offset;
    __syncthreads();
  }
  for (size_t p = threadIdx.x; p < pixels; p += kThreads) {
    const Rgb<float> pixel = run_ops({red[p], green[p], blue[p]}, ops, count, offsets);
    red[p] = pixel.r;
    green[p] = pixel.g;
    blue[p] = pixel.b;
  }
}

}  // namespace

void point_ops(float* planes, size_t count, int height, int width, const PointOp* ops, const int32_t* begin,
               int most, Stream stream) {
  if (count == 0 || most == 0) return;
  check_size(height, width);
  if (most < 0 || most > kMaxPointOps) {
    throw std::invalid_argument("Expected at most " + std::to_string(kMaxPointOps) +
                                " operations a view but received " + std::to_string(most));
  }
  const size_t shared = kThreads / kWarp * sizeof(double) + static_cast<size_t>(most) * sizeof(float);
  SSLMEM_LAUNCH(point_ops_kernel, block_count(count, 1), kThreads, shared, stream, planes,
                static_cast<size_t>(height) * static_cast<size_t>(width), ops, begin);
}

}  // namespace sslmem::cuda
