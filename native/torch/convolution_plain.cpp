#include "convolution_plain.h"

#include <algorithm>

namespace sslmem::torch {

std::optional<ConvolutionShape> plain_convolution(const Call& call, at::IntArrayRef x,
                                                  at::IntArrayRef filter) {
  for (const at::Tensor& input : call.inputs)
    if (input.defined() && !input.is_cpu()) return {};
  const auto strides = call.attributes.integers("strides"), pads = call.attributes.integers("pads"),
             dilations = call.attributes.integers("dilations");
  const auto all = [](const std::vector<int64_t>& list, int64_t value) {
    return std::all_of(list.begin(), list.end(), [value](int64_t item) { return item == value; });
  };
  const auto empty = [](at::IntArrayRef sizes) {
    return std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  };
  if (x.size() != 4 || call.attributes.flag("channelsFirst") || call.attributes.flag("depthwise") ||
      filter[0] != filter[1] || !all(strides, strides[0]) || !all(pads, pads[0]) || pads[0] < 0 ||
      !all(dilations, 1) || empty(x) || empty(filter) || std::min(x[1], x[2]) + 2 * pads[0] < filter[0])
    return {};
  const auto out = [&](int64_t side) { return (side + 2 * pads[0] - filter[0]) / strides[0] + 1; };
  return ConvolutionShape{x[0],      x[1],      x[2],      filter[2],  out(x[1]),
                          out(x[2]), filter[3], filter[0], strides[0], pads[0]};
}

at::Tensor filter_by_outputs(const at::Tensor& filter) {
  const at::Tensor w = filter.to(at::kFloat).permute({3, 0, 1, 2}).contiguous();
  return w.view({w.size(0), w.size(1) * w.size(2), w.size(3)});
}

at::Tensor filter_by_taps(const at::Tensor& by_outputs, const ConvolutionShape& shape) {
  return by_outputs.view({shape.outputs, shape.size, shape.size, shape.inputs}).permute({1, 2, 3, 0});
}

}  // namespace sslmem::torch
