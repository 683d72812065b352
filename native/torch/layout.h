#pragma once
// TensorFlow.js' channels-last shapes to ATen's channels-first ones and back: permuted views, never a copy.

#include <ATen/ATen.h>

#include <vector>

namespace sslmem::torch {

/// [n, …spatial, c] seen as [n, c, …spatial].
inline at::Tensor channels_first(const at::Tensor& x) { return x.movedim(-1, 1); }

/// [n, c, …spatial] seen as [n, …spatial, c].
inline at::Tensor channels_last(const at::Tensor& x) { return x.movedim(1, -1); }

/// Gives `tensors` the strides of their partners in `like`, in place (what they hold moves). The gradient of
/// a filter comes in the layout that the convolution reads, so a filter and its optimiser's state move once,
/// at the first update, and are never rearranged again.
inline void adopt_layout(const std::vector<at::Tensor>& tensors, const std::vector<at::Tensor>& like) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].strides() == like[i].strides() || !like[i].is_non_overlapping_and_dense()) continue;
    const at::Tensor moved =
        at::empty_strided(like[i].sizes(), like[i].strides(), tensors[i].options()).copy_(tensors[i]);
    tensors[i].unsafeGetTensorImpl()->set_storage_keep_dtype(moved.storage());
    tensors[i].unsafeGetTensorImpl()->set_sizes_and_strides(moved.sizes(), moved.strides(), 0);
  }
}

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
