// The CUDA kernels for views, run on the host, against the CPU's code at odd sizes.

#include "core/cuda/views.h"

#include <algorithm>
#include <cstring>

#include "augment_random.h"
#include "check.h"
#include "core/bf16.h"
#include "core/blur.h"
#include "core/color.h"
#include "core/planes.h"
#include "core/resample.h"
#include "cuda_host.h"

namespace sslmem {
namespace {

using test::between;
using test::Pixels;

constexpr double kRounding = 0x1p-24;

size_t pixels_of(OutputSize size) {
  return static_cast<size_t>(size.height) * static_cast<size_t>(size.width);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<float> random_planes(PhiloxStream& random, size_t values, double low, double high) {
  std::vector<float> out(values);
  for (auto& x : out) x = static_cast<float>(random.uniform(low, high));
  return out;
}

PlanePointers pointers(float* planes, size_t pixels) {
  return {planes, planes + pixels, planes + 2 * pixels};
}

// --- crop, resize, flip

Op crop_op(const cuda::CropView& view, OutputSize size) {
  Op op;
  op.kind = OpKind::ResizedCrop;
  op.interpolation = view.interpolation;
  op.top = view.top, op.left = view.left, op.height = view.height, op.width = view.width;
  op.out_height = size.height, op.out_width = size.width;
  return op;
}

std::vector<float> on_cpu(const cuda::CropView& view, OutputSize size) {
  std::vector<Op> ops{crop_op(view, size)};
  Op flip;
  flip.kind = OpKind::HorizontalFlip;
  if (view.flip_columns) ops.push_back(flip);
  flip.kind = OpKind::VerticalFlip;
  if (view.flip_rows) ops.push_back(flip);
  std::vector<float> out(3 * pixels_of(size));
  Scratch scratch;
  augment_image({view.pixels, view.image_height, view.image_width}, &ops, 1, size, out.data(), scratch);
  return out;
}

// Both sides add up to `taps` products along each axis, of weights whose absolute values sum to at most 1.3
// (the cubic's negative lobes), with a rounding at each: at most (taps_x + taps_y + 4) roundings of 1.3^2
// each side.
double resize_tolerance(const cuda::CropView& view, OutputSize size) {
  const auto taps = [&](int in, int out) {
    const double radius = view.interpolation == Interpolation::Bicubic ? 2.0 : 1.0;
    return 2.0 * radius * std::max(1.0, static_cast<double>(in) / out) + 1.0;
  };
  const double terms = taps(view.height, size.height) + taps(view.width, size.width) + 4.0;
  return std::min(1e-5, 2.0 * terms * 1.7 * kRounding);
}

void check_crops(const std::vector<cuda::CropView>& views, OutputSize size) {
  const size_t values = 3 * pixels_of(size);
  std::vector<float> planes(views.size() * values + 1, -7.0f), packed(views.size() * values);
  cuda::resized_crop(views.data(), views.size(), size.height, size.width, planes.data(), nullptr);
  CHECK_EQUAL(planes.back(), -7.0f);
  cuda::pack_views(planes.data(), views.size(), size.height, size.width, {}, packed.data(), nullptr);
  for (size_t i = 0; i < views.size(); ++i) {
    const auto expected = on_cpu(views[i], size);
    CHECK_NEAR(&packed[i * values], expected.data(), values, resize_tolerance(views[i], size));
  }
}

cuda::CropView random_view(PhiloxStream& random, const Pixels& image, int beyond) {
  cuda::CropView view{image.bytes.data(),      image.height, image.width, 0, 0, 0, 0,
                      Interpolation::Bilinear, false,        false};
  view.top = between(random, -beyond, image.height - 1);
  view.left = between(random, -beyond, image.width - 1);
  view.height = between(random, 1, image.height - view.top + beyond);
  view.width = between(random, 1, image.width - view.left + beyond);
  if (random.below(2) == 0) view.interpolation = Interpolation::Bicubic;
  view.flip_rows = random.below(3) == 0;
  view.flip_columns = random.below(2) == 0;
  return view;
}

TEST(cuda_resized_crop_equals_the_cpu_at_odd_sizes) {
  PhiloxStream random({501, 7, 0, 0, 0});
  for (int trial = 0; trial < 30; ++trial) {
    cuda_host::seed() = static_cast<uint64_t>(trial) + 1;
    std::vector<Pixels> images;
    for (int i = 0; i < 3; ++i) images.push_back(test::random_image(random, 75, 91));
    std::vector<cuda::CropView> views;
    for (int i = 0; i < 3; ++i)
      views.push_back(random_view(random, images[static_cast<size_t>(i)], trial % 3 == 0 ? 9 : 0));
    const int height = test::random_side(random, 43);
    check_crops(views, {height, test::random_side(random, 43)});
  }
}

TEST(cuda_resized_crop_shrinks_by_more_than_its_tiles) {
  // Windows of up to 4 * 700 / 3 pixels: many runs of taps and of rows.
  PhiloxStream random({502, 7, 0, 0, 0});
  const Pixels image = test::random_pixels(random, 300, 700);
  for (const auto interpolation : {Interpolation::Bilinear, Interpolation::Bicubic}) {
    const cuda::CropView view{image.bytes.data(), 300, 700, 1, 2, 297, 695, interpolation, true, true};
    for (const OutputSize size : {OutputSize{3, 3}, {1, 35}, {9, 1}}) {
      std::vector<float> planes(3 * pixels_of(size)), packed(planes.size());
      cuda::resized_crop(&view, 1, size.height, size.width, planes.data(), nullptr);
      cuda::pack_views(planes.data(), 1, size.height, size.width, {}, packed.data(), nullptr);
      CHECK_NEAR(packed.data(), on_cpu(view, size).data(), packed.size(), 1e-5);
    }
  }
}

TEST(cuda_resized_crop_without_a_resize_is_exact) {
  PhiloxStream random({503, 7, 0, 0, 0});
  const Pixels image = test::random_pixels(random, 33, 41);
  const cuda::CropView view{image.bytes.data(), 33, 41, -4, 3, 35, 45, Interpolation::Bilinear, false, true};
  std::vector<float> planes(3 * 35 * 45), packed(planes.size());
  cuda::resized_crop(&view, 1, 35, 45, planes.data(), nullptr);
  cuda::pack_views(planes.data(), 1, 35, 45, {}, packed.data(), nullptr);
  CHECK(same_bits(packed, on_cpu(view, {35, 45})));
}

TEST(cuda_views_refuse_sizes_out_of_range) {
  const cuda::CropView view{};
  CHECK_THROWS(std::invalid_argument, cuda::resized_crop(&view, 1, 0, 5, nullptr, nullptr), "0 x 5");
  CHECK_THROWS(std::invalid_argument, cuda::pack_views(nullptr, 1, 5, 65536, {}, nullptr, nullptr),
               "5 x 65536");
  CHECK_THROWS(std::invalid_argument, cuda::resized_crop(&view, size_t{1} << 31, 8, 8, nullptr, nullptr),
               "at most 2147483647 views");
  CHECK_THROWS(std::invalid_argument, cuda::point_ops(nullptr, 1, 5, 5, nullptr, nullptr, 1025, nullptr),
               "at most 1024 operations");
}

// --- pointwise chain

void apply_on_cpu(const Op& op, bool unit_range, float* planes, size_t pixels) {
  const PlanePointers image = pointers(planes, pixels);
  switch (op.kind) {
    case OpKind::AdjustBrightness:
      return adjust_brightness(image, pixels, static_cast<float>(op.value));
    case OpKind::AdjustContrast:
      return adjust_contrast(image, pixels, op.value, gray_sum(image, pixels) / static_cast<double>(pixels));
    case OpKind::AdjustSaturation:
      return adjust_saturation(image, pixels, op.value);
    case OpKind::AdjustHue:
      return adjust_hue(image, pixels, op.value, unit_range);
    case OpKind::RgbToGrayscale:
      return rgb_to_grayscale(image, pixels);
    case OpKind::Solarize:
      return solarize(image, pixels, op.value);
    case OpKind::Invert:
      return invert(image, pixels);
    default:
      return normalize(image, pixels, op.mean, op.std_dev);
  }
}

Op random_point(PhiloxStream& random, bool with_contrast) {
  const OpKind kinds[] = {OpKind::AdjustBrightness, OpKind::AdjustSaturation, OpKind::AdjustHue,
                          OpKind::RgbToGrayscale,   OpKind::Solarize,         OpKind::Invert,
                          OpKind::Normalize,        OpKind::AdjustContrast};
  Op op;
  op.kind = kinds[random.below(with_contrast ? 8 : 7)];
  op.value = op.kind == OpKind::AdjustHue  ? random.uniform(-0.5, 0.5)
             : op.kind == OpKind::Solarize ? random.uniform()
                                           : random.uniform(0.0, 2.0);
  for (int c = 0; c < 3; ++c) {
    op.mean[c] = random.uniform(0.3, 0.6);
    op.std_dev[c] = random.uniform(0.2, 1.0);
  }
  return op;
}

// Runs one list of operations a view on both sides; returns the kernel's planes and the CPU's.
std::pair<std::vector<float>, std::vector<float>> run_points(const std::vector<std::vector<Op>>& lists,
                                                             std::vector<float> planes, OutputSize size) {
  std::vector<float> expected = planes;
  std::vector<PointOp> ops;
  std::vector<int32_t> begin{0};
  size_t most = 0;
  const size_t pixels = pixels_of(size);
  for (size_t view = 0; view < lists.size(); ++view) {
    bool unit_range = true;
    for (const Op& op : lists[view]) {
      apply_on_cpu(op, unit_range, &expected[view * 3 * pixels], pixels);
      ops.push_back(point_op(op, unit_range));
    }
    most = std::max(most, lists[view].size());
    begin.push_back(static_cast<int32_t>(ops.size()));
  }
  cuda::point_ops(planes.data(), lists.size(), size.height, size.width, ops.data(), begin.data(),
                  static_cast<int>(most), nullptr);
  return {planes, expected};
}

TEST(cuda_point_ops_give_the_bits_of_the_cpu) {
  PhiloxStream random({504, 7, 0, 0, 0});
  for (int trial = 0; trial < 40; ++trial) {
    const int height = test::random_side(random, 40);
    const OutputSize size{height, test::random_side(random, 40)};
    std::vector<std::vector<Op>> lists(3);
    for (auto& list : lists) {
      for (int left = between(random, 0, 6); left > 0; --left) list.push_back(random_point(random, false));
    }
    const auto [actual, expected] =
        run_points(lists, random_planes(random, 9 * pixels_of(size), 0.0, 1.0), size);
    CHECK(same_bits(actual, expected));
  }
}

// The CPU adds a grey value's float32 in 16 lanes, the kernel in float64: the means differ by at most the
// CPU's pixels / 16 + 8 roundings. Operations after the contrast multiply that by at most their factor.
TEST(cuda_contrast_equals_the_cpu) {
  PhiloxStream random({505, 7, 0, 0, 0});
  for (int trial = 0; trial < 40; ++trial) {
    cuda_host::seed() = static_cast<uint64_t>(trial) + 1;
    const int height = test::random_side(random, 33);
    const OutputSize size{height, test::random_side(random, 33)};
    std::vector<std::vector<Op>> lists(2);
    for (auto& list : lists) {
      for (const OpKind kind : {OpKind::AdjustSaturation, OpKind::AdjustContrast, OpKind::AdjustBrightness,
                                OpKind::AdjustContrast, OpKind::Invert}) {
        Op op;
        op.kind = kind;
        op.value = random.uniform(0.5, 1.5);
        list.push_back(op);
      }
    }
    const auto [actual, expected] =
        run_points(lists, random_planes(random, 6 * pixels_of(size), 0.0, 1.0), size);
    // Two contrasts: the first one's error (rest <= 0.5) through a brightness and a contrast of at most 1.5
    // each, its mean, and the second one's own.
    const double mean = (static_cast<double>(pixels_of(size)) / 16.0 + 8.0) * kRounding;
    CHECK_NEAR(actual.data(), expected.data(), actual.size(),
               std::min(1e-5, 0.5 * mean * 1.5 * (1.5 + 0.5) + 0.5 * mean + 8.0 * kRounding));
  }
}

// --- blur

TEST(cuda_blur_gives_the_bits_of_the_cpu) {
  PhiloxStream random({506, 7, 0, 0, 0});
  for (int trial = 0; trial < 40; ++trial) {
    const int height = test::random_side(random, 40);
    const OutputSize size{height, test::random_side(random, 40)};
    const size_t pixels = pixels_of(size), views = 3;
    constexpr int kStride = 80;
    auto planes = random_planes(random, views * 3 * pixels, 0.0, 1.0);
    auto expected = planes;
    std::vector<float> spare(planes.size(), -7.0f), weights(views * 2 * kStride), padded, blurred(pixels);
    std::vector<int32_t> taps(views * 2);
    for (size_t view = 0; view < views; ++view) {
      if (random.below(4) == 0) continue;
      const Op op = test::random_blur(random, size);
      BlurAxis axes[2];
      for (size_t axis = 0; axis < 2; ++axis) {
        gaussian_weights(op.kernel_size[axis], op.sigma[axis], axes[axis].weights);
        taps[2 * view + axis] = static_cast<int32_t>(axes[axis].weights.size());
        std::copy(axes[axis].weights.begin(), axes[axis].weights.end(),
                  &weights[(2 * view + axis) * kStride]);
      }
      Planes image;
      image.resize(size);
      std::vector<const float*> rows;
      const size_t width = static_cast<size_t>(size.width);
      for (size_t channel = 0; channel < 3; ++channel) {
        float* plane = &expected[(3 * view + channel) * pixels];
        for (size_t y = 0; y < static_cast<size_t>(size.height); ++y)
          blur_row(plane + y * width, size.width, axes[0], padded, image.plane(channel) + y * width);
        for (int y = 0; y < size.height; ++y)
          blur_column_row(image, channel, y, axes[1], rows, plane + static_cast<size_t>(y) * width);
      }
    }
    cuda::blur(planes.data(), spare.data(), views, size.height, size.width, weights.data(), taps.data(),
               kStride, nullptr);
    CHECK(same_bits(planes, expected));
  }
}

// --- normalise and cast

TEST(cuda_pack_gives_the_bits_of_the_cpu) {
  PhiloxStream random({507, 7, 0, 0, 0});
  const cuda::Normalization normalization{{0.485f, 0.456f, 0.406f}, {4.37f, 4.46f, 4.44f}};
  for (const OutputSize size : {OutputSize{1, 1}, {7, 37}, {32, 33}}) {
    const size_t pixels = pixels_of(size), values = 3 * pixels;
    const auto planes = random_planes(random, 2 * values, -0.2, 1.2);
    std::vector<float> out(2 * values), expected(2 * values);
    std::vector<uint16_t> halves(2 * values);
    cuda::pack_views(planes.data(), 2, size.height, size.width, normalization, out.data(), nullptr);
    cuda::pack_views_bf16(planes.data(), 2, size.height, size.width, normalization, halves.data(), nullptr);
    for (size_t view = 0; view < 2; ++view) {
      auto copy = planes;
      interleave(pointers(&copy[view * values], pixels), pixels, normalization.mean, normalization.scale,
                 &expected[view * values]);
    }
    CHECK(same_bits(out, expected));
    for (size_t i = 0; i < halves.size(); ++i) {
      const uint32_t bits = static_cast<uint32_t>(halves[i]) << 16;
      float back;
      std::memcpy(&back, &bits, sizeof back);
      CHECK_CLOSE(back, expected[i], std::fabs(expected[i]) * 0x1p-8);  // half of the last of 8 bits
    }
  }
}

TEST(bf16_rounds_to_the_nearest_and_halves_to_even) {
  CHECK_EQUAL(bf16_bits(1.0f), 0x3F80);
  CHECK_EQUAL(bf16_bits(-2.0f), 0xC000);
  CHECK_EQUAL(bf16_bits(1.0f + 0x1p-8f), 0x3F80);             // half: to even, down
  CHECK_EQUAL(bf16_bits(1.0f + 3 * 0x1p-8f), 0x3F82);         // half: to even, up
  CHECK_EQUAL(bf16_bits(1.0f + 0x1p-8f + 0x1p-23f), 0x3F81);  // more than half
  CHECK_EQUAL(bf16_bits(3.4e38f), 0x7F80);                    // the largest floats round to infinity
  CHECK((bf16_bits(NAN) & 0x7F80) == 0x7F80 && (bf16_bits(NAN) & 0x7F) != 0);
  uint32_t bits = 0x7F800001u;  // a NaN whose upper half is infinity's
  float signalling;
  std::memcpy(&signalling, &bits, sizeof bits);
  CHECK_EQUAL(bf16_bits(signalling), 0x7FC0);
}

}  // namespace
}  // namespace sslmem
