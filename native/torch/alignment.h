#pragma once
// The alignment loss of representations where they are, on the CPU or a GPU (core/alignment.h).

#include "core/alignment.h"
#include "kernels.h"

namespace sslmem::torch {

/// What SslMemAlignment is asked for: representations float32 [samples * views, dim], contiguous; attributes
/// samples, views, distance ("l2", "cosine", "angular" or "l1"), scheme ("pairs", "original" or "disjoint"),
/// normalize, keepPairs.
struct AlignmentCall {
  at::Tensor representations;
  int64_t samples, views, dim;
  AlignmentOptions options;
  int64_t pairs, left_out;

  /// Throws std::invalid_argument for wrong attributes or shapes.
  explicit AlignmentCall(const Call& call);

  /// Numbers of the result: loss [samples], standard error [samples], leave-one-out [samples, left_out] and,
  /// with keepPairs, distances [samples, pairs], one after the other.
  int64_t count() const { return samples * (2 + left_out + (options.keep_pairs ? pairs : 0)); }
};

/// float64 numbers as a result for TensorFlow.js, which has no such dtype: their bits, int32 [2 n].
inline at::Tensor bits_of(const at::Tensor& numbers) { return numbers.view(at::kInt); }

}  // namespace sslmem::torch
