// The fast path against its float64 twin, on random chains at odd sizes.

#include "reference/augment_reference.h"

#include <cmath>

#include "augment_random.h"
#include "check.h"
#include "json.h"

namespace sslmem {
namespace {

using test::Pixels;

// Error of a chain of n <= 9 float32 operations on values v of at most 2 (bicubic overshoot, std >= .5). Each
// rounds a few times at 2^-24 |v|: a resize or blur of up to 25 + 25 terms of total absolute weight <= 2.1
// (bicubic) at most 52 * 2^-24 * 2, in practice far less, as roundings are of either sign; a colour factor
// multiplies what is there by at most 2, a hue by at most 6 (its sixths), and only factors of 0 to 2 were
// drawn. The design allows 2e-5 for chains; a quarter of it would already show a wrong weight (1/255 of a
// pixel's value is 4e-3).
constexpr double kTolerance = 2e-5;

std::vector<float> run(const Pixels& pixels, const std::vector<Op>& ops, Scratch& scratch) {
  const OutputSize size = output_size(ops, pixels.height, pixels.width);
  const size_t count = static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3;
  std::vector<float> out(count + 1, -7.0f);
  augment_image(pixels.view(), &ops, 1, size, out.data(), scratch);
  CHECK_EQUAL(out.back(), -7.0f);  // nothing is written past the view
  out.pop_back();
  return out;
}

void compare(const Pixels& pixels, const std::vector<Op>& ops, Scratch& scratch) {
  const auto expected = reference::augment(pixels.view(), ops);
  const auto actual = run(pixels, ops, scratch);
  CHECK_EQUAL(actual.size(), expected.values.size());
  try {
    CHECK_NEAR(actual.data(), expected.values.data(), actual.size(), kTolerance);
  } catch (const check::Failure& failure) {
    throw check::Failure(std::string(failure.what()) + "\n  image " + std::to_string(pixels.height) + " x " +
                         std::to_string(pixels.width) + ", " + test::text_of(ops));
  }
}

TEST(augment_equals_the_reference_on_random_chains) {
  PhiloxStream random({1001, 7, 0, 0, 0});
  Scratch scratch;  // one for all: what is left in it must not matter
  for (int i = 0; i < 1500; ++i) {
    const Pixels pixels = test::random_image(random, 37, 45);
    compare(pixels, test::random_ops(random, pixels.height, pixels.width), scratch);
  }
}

TEST(augment_equals_the_reference_on_larger_views) {
  // Several tiles, whole vectors and rests, strong shrinking and enlarging.
  PhiloxStream random({1002, 7, 0, 0, 0});
  const Pixels pixels = test::random_pixels(random, 211, 307);
  Scratch scratch;
  for (const int side : {1, 5, 64, 97, 131}) {
    for (const Interpolation interpolation : {Interpolation::Bilinear, Interpolation::Bicubic}) {
      Op resize;
      resize.kind = OpKind::ResizedCrop;
      resize.interpolation = interpolation;
      resize.top = 3;
      resize.left = 5;
      resize.height = side == 97 ? 31 : 205;
      resize.width = side == 131 ? 17 : 299;
      resize.out_height = side;
      resize.out_width = side + 2;
      Op contrast, hue, blur, flip;
      contrast.kind = OpKind::AdjustContrast;
      contrast.value = 1.6;
      hue.kind = OpKind::AdjustHue;
      hue.value = 0.15;
      blur.kind = OpKind::GaussianBlur;
      blur.kernel_size[0] = blur.kernel_size[1] = side < 12 ? 1 : 23;
      blur.sigma[0] = blur.sigma[1] = 1.9;
      flip.kind = OpKind::VerticalFlip;
      compare(pixels, {resize, flip, contrast, hue, blur}, scratch);
    }
  }
}

TEST(views_of_one_call_equal_single_calls_bit_for_bit) {
  PhiloxStream random({1003, 7, 0, 0, 0});
  const Pixels pixels = test::random_pixels(random, 33, 29);
  const Chain chain = test::chain_of(R"([{"transform":"random_resized_crop","size":[21,17]},
    {"transform":"color_jitter","brightness":0.8,"contrast":0.8,"saturation":0.8,"hue":0.2},
    {"transform":"gaussian_blur","kernel_size":5,"p":0.5}])");
  constexpr size_t kViews = 12, kSize = 21 * 17 * 3;
  std::vector<std::vector<Op>> ops;
  for (uint32_t view = 0; view < kViews; ++view) {
    ops.push_back(draw_view(chain, pixels.height, pixels.width, {5, 0, 2, 9, view}));
  }
  std::vector<float> together(kViews * kSize);
  Scratch scratch;
  augment_image(pixels.view(), ops.data(), kViews, chain.size, together.data(), scratch);
  for (size_t view = 0; view < kViews; ++view) {
    Scratch fresh;
    const auto alone = run(pixels, ops[view], fresh);
    CHECK(
        std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(view * kSize)));
  }
}

TEST(hue_stays_finite_where_the_largest_channel_is_zero) {
  // Bicubic undershoot can leave (0, -a, -b), where torchvision divides by zero.
  Op normalize, hue;
  normalize.kind = OpKind::Normalize;
  normalize.mean[0] = 0.0;
  normalize.mean[1] = normalize.mean[2] = 0.5;
  hue.kind = OpKind::AdjustHue;
  hue.value = 0.1;
  const Pixels black{1, 1, {0, 0, 0}};
  Scratch scratch;
  const auto out = run(black, {normalize, hue}, scratch);
  for (const float value : out) CHECK_EQUAL(value, 0.0f);
}

}  // namespace
}  // namespace sslmem
