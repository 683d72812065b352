// Resizing as TensorFlow.js defines it (legacy, half-pixel or aligned corners), and Fourier transforms.
#include <cmath>

#include "kernels.h"

namespace sslmem::torch {

using Tensors = std::vector<at::Tensor>;

namespace {

struct Resize {
  bool aligned, half, nearest;

  explicit Resize(const Call& c)
      : aligned(c.attributes.flag("alignCorners")),
        half(c.attributes.flag("halfPixelCenters")),
        nearest(c.attributes.flag("nearest")) {}

  /// Weight of each input place for each output place: float32 [out, in]. Resizing is a product with one such
  /// matrix along each axis, and its gradient the product with the transposed ones.
  at::Tensor weights(int64_t in, int64_t out, const at::TensorOptions& options) const {
    at::Tensor w = at::zeros({out, in}, at::kFloat);
    auto cell = w.accessor<float, 2>();
    const bool corners = aligned && out > 1;
    const double scale = corners ? static_cast<double>(in - 1) / static_cast<double>(out - 1)
                                 : static_cast<double>(in) / static_cast<double>(out);
    for (int64_t i = 0; i < out; ++i) {
      const double where = half ? (static_cast<double>(i) + 0.5) * scale - (nearest ? 0 : 0.5)
                                : static_cast<double>(i) * scale;
      if (nearest) {
        const double place = aligned ? std::round(where) : std::floor(where);
        cell[i][std::min<int64_t>(in - 1, std::max<int64_t>(0, static_cast<int64_t>(place)))] = 1;
      } else {
        const double held = std::max(0.0, where);
        const int64_t low = std::min<int64_t>(in - 1, static_cast<int64_t>(std::floor(held)));
        const int64_t high = std::min<int64_t>(in - 1, low + 1);
        const double share = held - static_cast<double>(low);
        cell[i][low] += static_cast<float>(1 - share);
        cell[i][high] += static_cast<float>(share);
      }
    }
    return w.to(options.device());
  }
};

at::Tensor resized(const Call& c) {
  const Resize r(c);
  const at::Tensor x = c.input(0).to(at::kFloat);
  const auto size = c.attributes.integers("size");
  return at::einsum("oh,pw,nhwc->nopc", {r.weights(x.size(1), size[0], x.options()),
                                         r.weights(x.size(2), size[1], x.options()), x});
}

at::Tensor resized_gradient(const Call& c) {
  const Resize r(c);
  const at::Tensor x = c.input(0), dy = wide(c.input(1));
  return at::einsum("oh,pw,nopc->nhwc", {r.weights(x.size(1), dy.size(1), dy.options()),
                                         r.weights(x.size(2), dy.size(2), dy.options()), dy});
}

}  // namespace

void add_image_kernels(KernelTable& table) {
  table["Resize"] = [](const Call& c) -> Tensors {
    return {resized(c).to(c.attributes.flag("nearest") ? c.input(0).scalar_type() : at::kFloat)};
  };
  table["ResizeGradient"] = [](const Call& c) -> Tensors { return {resized_gradient(c)}; };
  table["FFT"] = [](const Call& c) -> Tensors { return {at::fft_fft(c.input(0))}; };
  table["IFFT"] = [](const Call& c) -> Tensors { return {at::fft_ifft(c.input(0))}; };
}

}  // namespace sslmem::torch
