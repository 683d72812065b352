#include "convolution_products.h"

namespace sslmem::torch {

namespace {

constexpr int64_t kMostPixels = 16;
/// Fewer multiplications than these in a product, and its call takes longer than what is saved.
constexpr int64_t kLeastWork = int64_t{1} << 22;

/// [n, height, width, channels] as [pixels, n, channels].
at::Tensor by_pixels(const at::Tensor& x) {
  return x.to(at::kFloat).reshape({x.size(0), x.size(1) * x.size(2), x.size(3)}).transpose(0, 1).contiguous();
}

/// The other way round.
at::Tensor by_images(const at::Tensor& x, int64_t height, int64_t width) {
  return x.transpose(0, 1).reshape({x.size(1), height, width, x.size(2)});
}

}  // namespace

std::optional<PixelProducts> PixelProducts::fit(const Call& call, at::IntArrayRef x, at::IntArrayRef filter) {
  if (call.precision == Precision::bf16) return {};
  const auto shape = plain_convolution(call, x, filter);
  if (!shape || shape->size == 1 || shape->out_height * shape->out_width > kMostPixels ||
      shape->images * shape->inputs * shape->outputs < kLeastWork)
    return {};
  return PixelProducts(*shape);
}

template <class Body>
void PixelProducts::each(const Body& body) const {
  for (int64_t oh = 0; oh < shape_.out_height; ++oh) {
    for (int64_t ow = 0; ow < shape_.out_width; ++ow) {
      for (int64_t tap = 0; tap < shape_.size * shape_.size; ++tap) {
        const int64_t ih = oh * shape_.stride + tap / shape_.size - shape_.padding,
                      iw = ow * shape_.stride + tap % shape_.size - shape_.padding;
        if (ih >= 0 && iw >= 0 && ih < shape_.height && iw < shape_.width)
          body(oh * shape_.out_width + ow, ih * shape_.width + iw, tap);
      }
    }
  }
}

at::Tensor PixelProducts::forward(const at::Tensor& x, const at::Tensor& filter) const {
  const at::Tensor image = by_pixels(x), w = filter_by_outputs(filter);
  at::Tensor y =
      at::zeros({shape_.out_height * shape_.out_width, shape_.images, shape_.outputs}, image.options());
  each([&](int64_t out, int64_t in, int64_t tap) { y[out].addmm_(image[in], w.select(1, tap).t()); });
  return by_images(y, shape_.out_height, shape_.out_width);
}

at::Tensor PixelProducts::input_gradient(const at::Tensor& dy, const at::Tensor& filter) const {
  const at::Tensor top = by_pixels(dy), w = filter_by_outputs(filter);
  at::Tensor dx = at::zeros({shape_.height * shape_.width, shape_.images, shape_.inputs}, top.options());
  each([&](int64_t out, int64_t in, int64_t tap) { dx[in].addmm_(top[out], w.select(1, tap)); });
  return by_images(dx, shape_.height, shape_.width);
}

at::Tensor PixelProducts::filter_gradient(const at::Tensor& x, const at::Tensor& dy) const {
  const at::Tensor image = by_pixels(x), top = by_pixels(dy);
  at::Tensor dw = at::zeros({shape_.outputs, shape_.size * shape_.size, shape_.inputs}, image.options());
  each([&](int64_t out, int64_t in, int64_t tap) { dw.select(1, tap).addmm_(top[out].t(), image[in]); });
  return filter_by_taps(dw, shape_);
}

}  // namespace sslmem::torch
