#pragma once
// Training-mode batch normalisation on an NVIDIA GPU with optional residual and ReLU
// (native/torch/batch_norm.h is the CPU's): one pass over memory for the statistics and one for the result;
// two for the gradients.
//
// It does a handful of operations a number, so memory is its limit. With B bytes of x, forward moves 3 B
// (read, read, write), and B more for a residual; backward 5 B (x and dy twice, dx), 2 B more behind a ReLU
// (y twice) and B more for the residual's gradient. At an H100's 3.35 TB/s that is 0.9 ns forward and 1.5 ns
// backward per KB of x; what fits into its 50 MB of L2 is read the second time from there. Each load and
// store is of 16 bytes where addresses and channels allow it, and neighbouring threads take neighbouring
// channels.

#include <cstddef>
#include <cstdint>

struct CUstream_st;

namespace sslmem::cuda {

using Stream = CUstream_st*;  ///< cudaStream_t

/// A bfloat16 by its bits, as in memory.
struct BFloat16 {
  uint16_t bits;
};

/// All in device memory, rows without gaps. T is float or BFloat16.
template <class T>
struct BatchNormForward {
  const T* x;         ///< [rows, channels]
  const T* residual;  ///< [rows, channels] or null
  const float* gamma;
  const float* beta;  ///< [channels]
  size_t rows, channels;
  double epsilon;
  bool relu;
  T* y;             ///< [rows, channels]: relu(gamma (x - mean) invstd + beta + residual)
  float* mean;      ///< [channels]
  float* variance;  ///< [channels], unbiased; biased for a single row
  float* invstd;    ///< [channels], 1 / sqrt(biased variance + epsilon)
};

template <class T>
struct BatchNormBackward {
  const T* dy;          ///< [rows, channels]
  const T* x;           ///< as in forward
  const T* y;           ///< forward's result, looked at for the ReLU only; null: there was none
  const float* gamma;   ///< as in forward
  const float* mean;    ///< forward's
  const float* invstd;  ///< forward's
  size_t rows, channels;
  T* dx;          ///< [rows, channels]
  T* dresidual;   ///< [rows, channels] or null
  float* dgamma;  ///< [channels]
  float* dbeta;   ///< [channels]
};

/// Bytes of device memory, aligned for double, that a call works with.
size_t batch_norm_workspace(size_t rows, size_t channels);

/// Only queues kernels on the stream. Sums run in float32 over at most 64 rows and on in float64, in an order
/// that depends on the shape alone: the same input gives the same bits. Throws std::invalid_argument for no
/// rows or no channels, or more than one launch takes.
template <class T>
void batch_norm(const BatchNormForward<T>& call, void* workspace, Stream stream);
template <class T>
void batch_norm_gradient(const BatchNormBackward<T>& call, void* workspace, Stream stream);

}  // namespace sslmem::cuda
