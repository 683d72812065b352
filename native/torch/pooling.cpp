// Pooling over two or three spatial axes with its gradients. Attributes as those of convolution.cpp, with
// `size`.
#include <algorithm>

#include "kernels.h"
#include "layout.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

struct Window {
  std::vector<int64_t> size, strides, dilations, pads;

  explicit Window(const Call& c)
      : size(c.attributes.integers("size")),
        strides(c.attributes.integers("strides")),
        dilations(c.attributes.integers("dilations")),
        pads(c.attributes.integers("pads")) {}

  bool flat() const { return size.size() == 2; }
  std::vector<int64_t> none() const { return std::vector<int64_t>(size.size(), 0); }
  bool bordered() const {
    return std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; });
  }
  /// Whether no two windows share a pixel.
  bool apart() const {
    for (size_t axis = 0; axis < size.size(); ++axis)
      if (strides[axis] < size[axis] || dilations[axis] != 1) return false;
    return true;
  }
  at::Tensor padded(const at::Tensor& x, double value) const {
    const at::Tensor view = channels_first(x);
    return bordered() ? at::constant_pad_nd(view, pad_list(pads), value) : view;
  }
  at::Tensor unpadded(const at::Tensor& dx) const {
    return channels_last(bordered() ? at::constant_pad_nd(dx, pad_list(pads, -1)) : dx);
  }
  std::tuple<at::Tensor, at::Tensor> largest(const at::Tensor& x) const {
    const at::Tensor p = padded(x.is_floating_point() ? x : x.to(at::kFloat), -INFINITY);
    return flat() ? at::max_pool2d_with_indices(p, size, strides, none(), dilations)
                  : at::max_pool3d_with_indices(p, size, strides, none(), dilations);
  }
  /// Sums over windows.
  at::Tensor sums(const at::Tensor& p) const {
    return flat() ? at::avg_pool2d(p, size, strides, none(), false, true, 1)
                  : at::avg_pool3d(p, size, strides, none(), false, true, 1);
  }
  /// How many pixels of the image, not of its border, each window covers.
  at::Tensor counts(const at::Tensor& x) const {
    std::vector<int64_t> shape = x.sizes().vec();
    shape.front() = shape.back() = 1;
    return at::clamp_min(sums(padded(at::ones(shape, x.options().dtype(at::kFloat)), 0)), 1);
  }
};

Tensors max_gradient(const Call& c) {
  const Window w(c);
  // Only where windows overlap are gradients added, which bf16 is too coarse for.
  const at::Tensor x = w.apart() ? c.input(1) : wide(c.input(1)), dy = c.input(0).to(x.scalar_type());
  const at::Tensor p = w.padded(x, -INFINITY);
  const at::Tensor places = std::get<1>(w.largest(x)), dyf = channels_first(dy);
  return {w.unpadded(w.flat() ? at::max_pool2d_with_indices_backward(dyf, p, w.size, w.strides, w.none(),
                                                                     w.dilations, false, places)
                              : at::max_pool3d_with_indices_backward(dyf, p, w.size, w.strides, w.none(),
                                                                     w.dilations, false, places))};
}

Tensors average_gradient(const Call& c) {
  const Window w(c);
  const at::Tensor x = c.input(1);
  const at::Tensor dy = at::div(channels_first(wide(c.input(0))), w.counts(x));
  const at::Tensor p = w.padded(at::zeros({1}, dy.options()).expand(x.sizes()), 0);
  return {w.unpadded(w.flat() ? at::avg_pool2d_backward(dy, p, w.size, w.strides, w.none(), false, true, 1)
                              : at::avg_pool3d_backward(dy, p, w.size, w.strides, w.none(), false, true, 1))};
}

/// Place of each maximum in the image flattened as [h, w, c], or [n, h, w, c] with includeBatchInIndex.
Tensors max_with_places(const Call& c) {
  const Window w(c);
  const at::Tensor x = c.input(0);
  const auto [y, found] = w.largest(x);
  const int64_t width = x.size(2) + w.pads[2] + w.pads[3], channels = x.size(3);
  const at::Tensor row = at::div(found, width, "floor") - w.pads[0],
                   column = at::remainder(found, width) - w.pads[2];
  at::Tensor place =
      (row * x.size(2) + column) * channels + at::arange(channels, found.options()).view({1, -1, 1, 1});
  if (c.attributes.flag("includeBatchInIndex"))
    place = place +
            at::arange(x.size(0), found.options()).view({-1, 1, 1, 1}) * (x.size(1) * x.size(2) * channels);
  return {channels_last(y).to(x.scalar_type()), channels_last(place).to(at::kInt)};
}

}  // namespace

void add_pooling_kernels(KernelTable& table) {
  table["MaxPooling"] = [](const Call& c) -> Tensors {
    return {channels_last(std::get<0>(Window(c).largest(c.input(0)))).to(c.input(0).scalar_type())};
  };
  table["AveragePooling"] = [](const Call& c) -> Tensors {
    const Window w(c);
    const at::Tensor x = wide(c.input(0));
    return {channels_last(at::div(w.sums(w.padded(x, 0)), w.counts(x)))};
  };
  table["MaxPoolingGradient"] = max_gradient;
  table["AveragePoolingGradient"] = average_gradient;
  table["MaxPoolingWithPlaces"] = max_with_places;
}

}  // namespace sslmem::torch
