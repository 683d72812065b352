#include "convolution_tiles.h"

#include <ATen/Parallel.h>

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

at::Tensor as_bf16(const at::Tensor& x) { return x.to(at::kBFloat16).contiguous(); }

const uint16_t* bits(const at::Tensor& x) { return static_cast<const uint16_t*>(x.const_data_ptr()); }
uint16_t* mutable_bits(const at::Tensor& x) { return static_cast<uint16_t*>(x.mutable_data_ptr()); }

at::Tensor scratch(int64_t numbers) { return at::empty({numbers}, at::kBFloat16); }

}  // namespace

std::optional<Tiles> Tiles::fit(const Call& call, at::IntArrayRef x, at::IntArrayRef filter) {
  if (call.precision != Precision::bf16 || !amx::available()) return {};
  const auto shape = plain_convolution(call, x, filter);
  if (!shape || shape->images < kLeastImages) return {};
  return Tiles(*shape);
}

at::Tensor Tiles::forward(const at::Tensor& x, const at::Tensor& filter, const at::Tensor& bias,
                          const at::Tensor& residual, bool relu) const {
  const at::Tensor image = as_bf16(x), weights = filter_by_outputs(filter);
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
  const at::Tensor top = as_bf16(dy), weights = filter_by_outputs(filter);
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
