#include "convolution_tiles.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/amx/convolution.h"
#include "core/amx/filter_gradient.h"
#include "core/amx/tiles.h"

namespace sslmem::torch {

namespace {

/// Images are the rows of the tiles: with fewer, most of a tile would be empty.
constexpr int64_t kLeastImages = 24;

void on_threads(int64_t count, const std::function<void(int64_t, int64_t)>& body) {
  at::parallel_for(0, count, 1, body);
}

bool all(const std::vector<int64_t>& list, int64_t value) {
  return std::all_of(list.begin(), list.end(), [value](int64_t item) { return item == value; });
}

at::Tensor as_bf16(const at::Tensor& x) { return x.to(at::kBFloat16).contiguous(); }
/// As the tiles read it: [outputs, size, size, inputs].
at::Tensor dense_filter(const at::Tensor& w) { return w.to(at::kFloat).permute({3, 0, 1, 2}).contiguous(); }

const uint16_t* bits(const at::Tensor& x) { return static_cast<const uint16_t*>(x.const_data_ptr()); }
uint16_t* mutable_bits(const at::Tensor& x) { return static_cast<uint16_t*>(x.mutable_data_ptr()); }

at::Tensor scratch(int64_t numbers) { return at::empty({numbers}, at::kBFloat16); }

}  // namespace

std::optional<Tiles> Tiles::fit(const Call& call, at::IntArrayRef x, at::IntArrayRef filter) {
  if (call.precision != Precision::bf16 || x.size() != 4 || x[0] < kLeastImages || !amx::available())
    return {};
  for (const at::Tensor& input : call.inputs)
    if (input.defined() && !input.is_cpu()) return {};
  const auto strides = call.attributes.integers("strides"), pads = call.attributes.integers("pads"),
             dilations = call.attributes.integers("dilations");
  const auto empty = [](at::IntArrayRef sizes) {
    return std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  };
  if (call.attributes.flag("channelsFirst") || call.attributes.flag("depthwise") || filter[0] != filter[1] ||
      !all(strides, strides[0]) || !all(pads, pads[0]) || pads[0] < 0 || !all(dilations, 1) || empty(x) ||
      empty(filter))
    return {};
  const auto out = [&](int64_t side) { return (side + 2 * pads[0] - filter[0]) / strides[0] + 1; };
  if (std::min(x[1], x[2]) + 2 * pads[0] < filter[0]) return {};
  Tiles tiles;
  tiles.shape_ = {x[0],      x[1],      x[2],      filter[2],  out(x[1]),
                  out(x[2]), filter[3], filter[0], strides[0], pads[0]};
  return tiles;
}

at::Tensor Tiles::forward(const at::Tensor& x, const at::Tensor& filter, const at::Tensor& bias,
                          const at::Tensor& residual, bool relu) const {
  const at::Tensor image = as_bf16(x), weights = dense_filter(filter);
  const at::Tensor offset = bias.defined() ? bias.to(at::kFloat).contiguous() : bias;
  const at::Tensor shortcut = residual.defined() ? as_bf16(residual) : residual;
  at::Tensor y =
      at::empty({shape_.images, shape_.out_height, shape_.out_width, shape_.outputs}, at::kBFloat16);
  const at::Tensor memory = scratch(amx::convolution_scratch(shape_));
  amx::Finish finish;
  if (offset.defined()) finish.bias = offset.const_data_ptr<float>();
  if (shortcut.defined()) finish.residual = bits(shortcut);
  finish.relu = relu;
  amx::convolution(shape_, bits(image), weights.const_data_ptr<float>(), mutable_bits(y), finish,
                   mutable_bits(memory), on_threads);
  return y;
}

at::Tensor Tiles::input_gradient(const at::Tensor& dy, const at::Tensor& filter) const {
  const at::Tensor top = as_bf16(dy), weights = dense_filter(filter);
  at::Tensor dx = at::empty({shape_.images, shape_.height, shape_.width, shape_.inputs}, at::kBFloat16);
  const at::Tensor memory = scratch(amx::convolution_scratch(shape_));
  amx::input_gradient(shape_, bits(top), weights.const_data_ptr<float>(), mutable_bits(dx),
                      mutable_bits(memory), on_threads);
  return dx;
}

at::Tensor Tiles::filter_gradient(const at::Tensor& x, const at::Tensor& dy) const {
  const at::Tensor image = as_bf16(x), top = as_bf16(dy);
  const int64_t outputs = amx::padded_channels(shape_.outputs), inputs = amx::padded_channels(shape_.inputs);
  at::Tensor dw = at::empty({outputs, shape_.size, shape_.size, inputs}, at::kFloat);
  const at::Tensor memory = scratch(amx::filter_gradient_scratch(shape_));
  amx::filter_gradient(shape_, bits(image), bits(top), dw.data_ptr<float>(), mutable_bits(memory),
                       on_threads);
  if (outputs != shape_.outputs || inputs != shape_.inputs)
    dw = dw.narrow(0, 0, shape_.outputs).narrow(3, 0, shape_.inputs).contiguous();
  return dw.permute({1, 2, 3, 0});
}

}  // namespace sslmem::torch
