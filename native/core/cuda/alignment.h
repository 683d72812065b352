#pragma once
// The alignment loss of representations that are on an NVIDIA GPU: what alignment.h computes, in float64,
// without the representations leaving the device.

#include <cstddef>
#include <cstdint>

#include "core/alignment.h"

struct CUstream_st;

namespace sslmem::cuda {

using Stream = CUstream_st*;  ///< cudaStream_t

constexpr size_t kMaxAlignmentViews = 128;  ///< of a sample; their sums lie in shared memory

/// Where the results go, in device memory; all float64. With D distances, S samples, P pairs and N
/// left_out_count.
struct AlignmentOutputs {
  double* loss;            ///< [D, S]
  double* standard_error;  ///< [D, S]
  double* leave_one_out;   ///< [D, S, N]
  double* pairs;           ///< [D, S, P]; working memory too, so never null
  /// [1], set to ~0 by the caller: becomes the smallest index into `representations` of a number that is NaN
  /// or infinite. The results of its sample are NaN.
  unsigned long long* not_finite;
};

/// As sslmem::alignment for float32 representations [samples, views, dim] in device memory, for
/// options.distances (at most 4), .scheme and .normalize. Only queues one kernel on the stream. Sums over
/// components run in 32 lanes instead of 16, and asin is CUDA's: the rest of the arithmetic is the CPU's.
/// Pairs: the order of the views changes no bit. Throws std::invalid_argument as sslmem::alignment does, and
/// for more than kMaxAlignmentViews views.
void alignment(const float* representations, size_t samples, size_t views, size_t dim,
               const AlignmentOptions& options, const AlignmentOutputs& outputs, Stream stream);

}  // namespace sslmem::cuda
