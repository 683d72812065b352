#pragma once
// TensorFlow.js' channels-last shapes to ATen's channels-first ones and back: permuted views, never a copy.

#include <ATen/ATen.h>

#include <vector>

namespace sslmem::torch {

/// [n, …spatial, c] seen as [n, c, …spatial].
inline at::Tensor channels_first(const at::Tensor& x) { return x.movedim(-1, 1); }

/// [n, c, …spatial] seen as [n, …spatial, c].
inline at::Tensor channels_last(const at::Tensor& x) { return x.movedim(1, -1); }

/// ATen's padding list (last axis first) of [before, after] pairs of the spatial axes of a channels-first
/// tensor, negated to take the padding off again.
inline std::vector<int64_t> pad_list(const std::vector<int64_t>& pads, int64_t sign = 1) {
  std::vector<int64_t> list;
  for (size_t axis = pads.size() / 2; axis-- > 0;) {
    list.push_back(sign * pads[2 * axis]);
    list.push_back(sign * pads[2 * axis + 1]);
  }
  return list;
}

}  // namespace sslmem::torch
