#pragma once
// How a kernel is started and gets its shared memory, written once for nvcc and for the host compiler (tests
// run the same .cu files on fibres, test/native/cuda_host.h).

#if defined(__CUDACC__)

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace sslmem::cuda {

inline void check_start(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error == cudaSuccess) return;
  throw std::runtime_error("Expected the CUDA kernel " + std::string(kernel) +
                           " to start but the driver says: " + cudaGetErrorString(error));
}

}  // namespace sslmem::cuda

/// SSLMEM_LAUNCH(kernel, blocks, threads, dynamic shared bytes, stream, arguments...)
#define SSLMEM_LAUNCH(kernel, grid, block, shared, stream, ...)   \
  do {                                                            \
    kernel<<<(grid), (block), (shared), (stream)>>>(__VA_ARGS__); \
    ::sslmem::cuda::check_start(#kernel);                         \
  } while (false)

/// One object of a block, not initialised.
#define SSLMEM_SHARED(type, name) __shared__ type name

/// The block's dynamic shared memory, aligned for double.
#define SSLMEM_DYNAMIC_SHARED(name) extern __shared__ double name[]

#else
#include "cuda_host.h"
#endif

namespace sslmem::cuda {

constexpr unsigned kWarp = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFu;

/// Sum over the lanes of a warp, the same bits in every lane.
__device__ inline double warp_sum(double x) {
  for (unsigned step = kWarp / 2; step > 0; step /= 2) x += __shfl_xor_sync(kAllLanes, x, step);
  return x;
}

/// Sum over a block of whole warps, for every thread; `partial` is shared memory of one double per warp.
__device__ inline double block_sum(double x, double* partial) {
  x = warp_sum(x);
  __syncthreads();  // an earlier sum has been read
  if (threadIdx.x % kWarp == 0) partial[threadIdx.x / kWarp] = x;
  __syncthreads();
  double total = 0.0;
  for (unsigned warp = 0; warp < blockDim.x / kWarp; ++warp) total += partial[warp];
  return total;
}

}  // namespace sslmem::cuda
