// Convolutions over two or three spatial axes, plain and depthwise, with their gradients.
//
// Attributes, computed by src/engine/torch/kernels/convolution.ts: strides and dilations per spatial axis,
// pads as [before, after] pairs, channelsFirst, depthwise; shape for the gradients (of the input, or of the
// filter).
#include "convolution_tiles.h"
#include "kernels.h"
#include "layout.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

at::Tensor dense(const at::Tensor& x) {
  return x.contiguous(x.dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast);
}

/// The same shape, uninitialised, in the layout of `dense`.
at::Tensor dense_like(const at::Tensor& x) {
  return at::empty(x.sizes(), x.options().memory_format(x.dim() == 5 ? at::MemoryFormat::ChannelsLast3d
                                                                     : at::MemoryFormat::ChannelsLast));
}

struct Geometry {
  std::vector<int64_t> strides, dilations, pads;
  bool first, depthwise, symmetric = true;
  std::vector<int64_t> padding;  // what the convolution itself pads

  explicit Geometry(const Call& c)
      : strides(c.attributes.integers("strides")),
        dilations(c.attributes.integers("dilations")),
        pads(c.attributes.integers("pads")),
        first(c.attributes.flag("channelsFirst")),
        depthwise(c.attributes.flag("depthwise")) {
    for (size_t i = 0; i < pads.size(); i += 2)
      symmetric = symmetric && pads[i] == pads[i + 1] && pads[i] >= 0;
    for (size_t i = 0; i < pads.size(); i += 2) padding.push_back(symmetric ? pads[i] : 0);
  }

  /// Channels first, and padded if the convolution cannot do it.
  at::Tensor image(const at::Tensor& x) const {
    const at::Tensor view = first ? x : channels_first(x);
    return symmetric ? view : at::constant_pad_nd(view, pad_list(pads));
  }
  at::Tensor map(const at::Tensor& y) const { return first ? y : channels_first(y); }
  at::Tensor back(const at::Tensor& y) const { return first ? y : channels_last(y); }

  /// [..., in, out] to [out, in, ...]; depthwise [..., in, multiplier] to [in · multiplier, 1, ...].
  at::Tensor filter(const at::Tensor& w) const {
    const at::Tensor view = w.movedim({-1, -2}, {0, 1});
    // Laid out as the image is: oneDNN would else carry the image over to the filter's layout.
    if (!depthwise) return first ? view.contiguous() : dense(view);
    std::vector<int64_t> shape = view.sizes().vec();
    shape[0] *= shape[1];
    shape[1] = 1;
    return view.transpose(0, 1).reshape(shape);
  }
  at::Tensor filter_back(const at::Tensor& w, at::IntArrayRef shape) const {
    if (!depthwise) return w.movedim({0, 1}, {-1, -2});
    std::vector<int64_t> split = {shape[shape.size() - 2], shape[shape.size() - 1]};
    for (int64_t axis = 2; axis < w.dim(); ++axis) split.push_back(w.size(axis));
    return w.reshape(split).movedim({0, 1}, {-2, -1});
  }
  int64_t groups(const at::Tensor& image) const { return depthwise ? image.size(1) : 1; }
};

at::Tensor rounded(const at::Tensor& x, const Call& call) {
  return call.precision == Precision::bf16 ? x.to(at::kBFloat16) : x.to(at::kFloat);
}

at::Tensor forward(const Call& c) {
  if (const auto tiles = Tiles::fit(c, c.inputs.at(0).sizes(), c.inputs.at(1).sizes()))
    return tiles->forward(c.inputs[0], c.inputs[1]);
  const Geometry g(c);
  const at::Tensor x = g.image(rounded(c.inputs.at(0), c));
  const at::Tensor w = g.filter(rounded(c.inputs.at(1), c));
  const std::vector<int64_t> none(g.strides.size(), 0);
  return g.back(at::convolution(x, w, {}, g.strides, g.padding, g.dilations, false, none, g.groups(x)));
}

Tensors gradient(const Geometry& g, const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w,
                 bool of_input) {
  const std::vector<int64_t> none(g.strides.size(), 0);
  const auto [dx, dw, db] =
      at::convolution_backward(dy, x, w, c10::nullopt, g.strides, g.padding, g.dilations, false, none,
                               g.groups(x), {of_input, !of_input, false});
  return {of_input ? dx : dw};
}

Tensors input_gradient(const Call& c) {
  if (const auto tiles = Tiles::fit(c, c.attributes.integers("shape"), c.inputs.at(1).sizes()))
    return {tiles->input_gradient(c.inputs[0], c.inputs[1])};
  const Geometry g(c);
  const at::Tensor dy = g.map(rounded(c.inputs.at(0), c)), w = g.filter(rounded(c.inputs.at(1), c));
  // Only the shape and the layout of x are looked at: its memory is never touched.
  const at::Tensor x = g.image(at::empty(c.attributes.integers("shape"), dy.options()));
  at::Tensor dx = gradient(g, dy, x, w, true)[0];
  if (!g.symmetric) dx = at::constant_pad_nd(dx, pad_list(g.pads, -1));
  return {g.back(dx)};
}

Tensors filter_gradient(const Call& c) {
  const Geometry g(c);
  const auto shape = c.attributes.integers("shape");
  if (const auto tiles = Tiles::fit(c, c.inputs.at(0).sizes(), shape))
    return {tiles->filter_gradient(c.inputs[0], c.inputs[1])};
  const at::Tensor x = g.image(rounded(c.inputs.at(0), c)), dy = g.map(rounded(c.inputs.at(1), c));
  // Only its shape and layout are looked at.
  at::Tensor w = at::empty(g.filter(at::empty(shape, dy.options().device(at::kMeta))).sizes(), dy.options());
  if (!g.depthwise && !g.first) w = dense_like(w);
  return {g.filter_back(gradient(g, dy, x, w, false)[0], shape).to(at::kFloat)};  // weights stay float32
}

}  // namespace

void add_convolution_kernels(KernelTable& table) {
  table["Convolution"] = [](const Call& c) -> Tensors {
    at::Tensor y = forward(c);
    const bool first = c.attributes.flag("channelsFirst");
    const auto along_channels = [&](const at::Tensor& v) {
      return first && v.dim() == 1 && v.numel() > 1 ? v.view({-1, 1, 1}) : v;
    };
    if (c.input(2).defined()) y = at::add(y, along_channels(c.input(2)).to(y.scalar_type()));
    const at::Tensor slope = c.input(3);
    return {activate(y, c, slope.defined() ? along_channels(slope) : slope)};
  };
  table["ConvolutionInputGradient"] = input_gradient;
  table["ConvolutionFilterGradient"] = filter_gradient;
}

}  // namespace sslmem::torch
