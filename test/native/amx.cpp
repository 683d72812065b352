// Convolutions by matrix tiles and both of their gradients against the sums that define them: emulated on
// every processor, and by the processor's own tiles where it has them.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "check.h"
#include "core/amx/convolution.h"
#include "core/amx/filter_gradient.h"
#include "core/amx/tiles.h"
#include "core/bf16.h"
#include "random.h"

using namespace sslmem;

namespace {

std::vector<uint16_t> random_bf16(size_t count, uint64_t seed) {
  std::vector<uint16_t> values(count);
  const auto numbers = TestRandom(seed).normals(count);
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, &numbers[i], 4);
    values[i] = static_cast<uint16_t>(bits >> 16);
  }
  return values;
}

/// Calls in `pieces` ranges from the last to the first, as threads might.
amx::Parallel in_ranges(int64_t pieces) {
  return [pieces](int64_t count, const std::function<void(int64_t, int64_t)>& body) {
    for (int64_t piece = pieces - 1; piece >= 0; --piece)
      body(count * piece / pieces, count * (piece + 1) / pieces);
  };
}

/// Calls body(y's place, x's place, filter's place) for every product of a convolution, the filter being
/// [outputs, size, size, `inputs`] (s.inputs of them are there).
template <class Body>
void each_product(const amx::ConvolutionShape& s, int64_t inputs, const Body& body) {
  for (int64_t n = 0; n < s.images; ++n)
    for (int64_t oh = 0; oh < s.out_height; ++oh)
      for (int64_t ow = 0; ow < s.out_width; ++ow)
        for (int64_t r = 0; r < s.size; ++r)
          for (int64_t c = 0; c < s.size; ++c) {
            const int64_t ih = oh * s.stride + r - s.padding, iw = ow * s.stride + c - s.padding;
            if (ih < 0 || iw < 0 || ih >= s.height || iw >= s.width) continue;
            for (int64_t o = 0; o < s.outputs; ++o)
              for (int64_t i = 0; i < s.inputs; ++i)
                body(static_cast<size_t>(((n * s.out_height + oh) * s.out_width + ow) * s.outputs + o),
                     static_cast<size_t>(((n * s.height + ih) * s.width + iw) * s.inputs + i),
                     static_cast<size_t>(((o * s.size + r) * s.size + c) * inputs + i));
          }
}

double number(uint16_t half) { return static_cast<double>(bf16_value(half)); }

struct Data {
  amx::ConvolutionShape shape;
  std::vector<uint16_t> x, dy;

  explicit Data(const amx::ConvolutionShape& s)
      : shape(s),
        x(random_bf16(static_cast<size_t>(s.images * s.height * s.width * s.inputs), 1)),
        dy(random_bf16(static_cast<size_t>(s.images * s.out_height * s.out_width * s.outputs), 2)) {}

  std::vector<float> gradient(bool emulate, int64_t pieces = 1) const {
    std::vector<float> dw(gradient_size(), NAN);
    std::vector<uint16_t> scratch(static_cast<size_t>(amx::filter_gradient_scratch(shape)), 0x7fc0);
    amx::filter_gradient(shape, x.data(), dy.data(), dw.data(), scratch.data(), in_ranges(pieces), emulate);
    return dw;
  }

  /// The definition in float64, and the sum of the products' sizes.
  void reference(std::vector<double>& dw, double& most) const {
    dw.assign(gradient_size(), 0.0);
    std::vector<double> sizes(dw.size());
    each_product(shape, amx::padded_channels(shape.inputs), [&](size_t at_y, size_t at_x, size_t at) {
      const double product = number(x[at_x]) * number(dy[at_y]);
      dw[at] += product;
      sizes[at] += std::fabs(product);
    });
    most = *std::max_element(sizes.begin(), sizes.end());
  }
  size_t gradient_size() const {
    return static_cast<size_t>(amx::padded_channels(shape.outputs) * shape.size * shape.size *
                               amx::padded_channels(shape.inputs));
  }
};

amx::ConvolutionShape shape_of(int64_t images, int64_t height, int64_t width, int64_t inputs, int64_t outputs,
                               int64_t size, int64_t stride) {
  const int64_t padding = (size - 1) / 2;
  return {images,
          height,
          width,
          inputs,
          (height + 2 * padding - size) / stride + 1,
          (width + 2 * padding - size) / stride + 1,
          outputs,
          size,
          stride,
          padding};
}

/// Sizes that fill no tile, strides, single images and maps; small filters (images are shared out) and one
/// that is too large for that (the filter is).
const std::vector<amx::ConvolutionShape> kShapes{
    shape_of(2, 5, 7, 3, 5, 3, 1),      shape_of(33, 4, 4, 17, 40, 3, 1),  shape_of(70, 6, 5, 16, 32, 3, 2),
    shape_of(64, 3, 3, 33, 64, 1, 2),   shape_of(131, 2, 1, 4, 3, 3, 1),   shape_of(40, 9, 9, 3, 8, 7, 2),
    shape_of(35, 2, 3, 200, 190, 3, 1), shape_of(100, 40, 3, 64, 60, 3, 1)};

/// Convolution and input gradient of one shape against their definitions in float64.
struct Pass {
  amx::ConvolutionShape s;
  std::vector<uint16_t> x, dy, residual;
  std::vector<float> filter, bias;

  explicit Pass(const amx::ConvolutionShape& shape) : s(shape) {
    x = random_bf16(static_cast<size_t>(s.images * s.height * s.width * s.inputs), 3);
    dy = random_bf16(static_cast<size_t>(s.images * s.out_height * s.out_width * s.outputs), 4);
    residual = random_bf16(dy.size(), 5);
    filter = TestRandom(6).normals(static_cast<size_t>(s.outputs * s.size * s.size * s.inputs));
    bias = TestRandom(7).normals(static_cast<size_t>(s.outputs));
  }

  /// Within half a unit of bf16's 8 bits, and float32's error of the sum.
  static void compare(const std::vector<uint16_t>& actual, const std::vector<double>& expected,
                      double terms) {
    std::vector<double> scaled(actual.size()), wanted(actual.size());
    double most = 0;
    for (const double value : expected) most = std::max(most, std::fabs(value));
    for (size_t i = 0; i < actual.size(); ++i) {
      const double allowed = std::fabs(expected[i]) * std::ldexp(1.0, -8) * 1.01 +
                             most * std::sqrt(terms) * std::ldexp(8.0, -24);
      scaled[i] = (number(actual[i]) - expected[i]) / allowed;
    }
    CHECK_NEAR(scaled.data(), wanted.data(), scaled.size(), 1.0);
  }

  void check(bool emulate, bool finished, int64_t pieces = 1) const {
    std::vector<uint16_t> scratch(static_cast<size_t>(amx::convolution_scratch(s)), 0x7fc0);
    std::vector<uint16_t> y(dy.size(), 0x7fc0), dx(x.size(), 0x7fc0);
    std::vector<double> right_y(dy.size()), right_dx(x.size());
    const auto rounded = [](float value) { return number(bf16_bits(value)); };
    each_product(s, s.inputs, [&](size_t at_y, size_t at_x, size_t at_filter) {
      const double weight = rounded(filter[at_filter]);
      right_y[at_y] += weight * number(x[at_x]);
      right_dx[at_x] += weight * number(dy[at_y]);
    });
    amx::Finish finish;
    if (finished) {
      finish = {bias.data(), residual.data(), true};
      for (size_t i = 0; i < right_y.size(); ++i)
        right_y[i] =
            std::max(0.0, right_y[i] + static_cast<double>(bias[i % bias.size()]) + number(residual[i]));
    }
    amx::convolution(s, x.data(), filter.data(), y.data(), finish, scratch.data(), in_ranges(pieces),
                     emulate);
    compare(y, right_y, static_cast<double>(s.size * s.size * s.inputs));
    amx::input_gradient(s, dy.data(), filter.data(), dx.data(), scratch.data(), in_ranges(pieces), emulate);
    compare(dx, right_dx, static_cast<double>(s.size * s.size * s.outputs));
  }
};

void against_definition(bool emulate) {
  for (const auto& shape : kShapes) {
    const Data data(shape);
    std::vector<double> expected;
    double most = 0;
    data.reference(expected, most);
    const auto actual = data.gradient(emulate);
    // Each float32 addition rounds by at most 2^-24 of a partial sum, itself at most the sum of sizes; errors
    // of either sign add up as the root of their number (times 8, so that none of some 10^5 sums gets there).
    const double terms = static_cast<double>(shape.images * shape.out_height * shape.out_width);
    CHECK_NEAR(actual.data(), expected.data(), actual.size(), most * std::sqrt(terms) * std::ldexp(8.0, -24));
  }
}

}  // namespace

TEST(amx_filter_gradient_emulated) { against_definition(true); }

TEST(amx_filter_gradient_on_this_processor) {
  if (amx::available()) against_definition(false);
}

TEST(amx_filter_gradient_whatever_the_threads) {
  for (const auto& shape : kShapes) {
    const Data data(shape);
    const auto one = data.gradient(true, 1), three = data.gradient(true, 3);
    CHECK(std::memcmp(one.data(), three.data(), one.size() * sizeof(float)) == 0);
  }
}

TEST(amx_convolution_and_input_gradient_emulated) {
  for (const auto& shape : kShapes) Pass(shape).check(true, false);
}

TEST(amx_convolution_with_bias_residual_and_relu) {
  for (const auto& shape : kShapes) Pass(shape).check(true, true, 3);
}

TEST(amx_convolution_on_this_processor) {
  for (const auto& shape : kShapes)
    if (amx::available()) Pass(shape).check(false, true);
}
