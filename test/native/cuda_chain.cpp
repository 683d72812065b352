// Whole views by the CUDA kernels, run on the host: planned from the operations, against augment_image.

#include <algorithm>

#include "augment_random.h"
#include "check.h"
#include "core/cuda/planned_views.h"
#include "cuda_host.h"
#include "json.h"

namespace sslmem {
namespace {

using test::between;
using test::Pixels;

struct alignas(16) Aligned {
  uint8_t bytes[16];
};

std::vector<float> run(const ViewPlan& plan, OutputSize size) {
  const size_t values = 3 * static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * plan.count();
  std::vector<float> planes(values), spare(values), out(values);
  const PlanBytes where(plan);
  std::vector<Aligned> bytes((where.size() + sizeof(Aligned) - 1) / sizeof(Aligned));
  where.write(plan, bytes.data()->bytes);
  cuda::planned_views(plan, where, bytes.data()->bytes, size, planes.data(), spare.data(), out.data(),
                      nullptr);
  return out;
}

Op kind_of(OpKind kind, double value = 0.0) {
  Op op;
  op.kind = kind;
  op.value = value;
  return op;
}

Op crop_to(const Pixels& image, OutputSize size, PhiloxStream& random) {
  Op op = kind_of(OpKind::ResizedCrop);
  op.height = between(random, 1, image.height);
  op.width = between(random, 1, image.width);
  op.top = between(random, 0, image.height - op.height);
  op.left = between(random, 0, image.width - op.width);
  op.out_height = size.height;
  op.out_width = size.width;
  return op;
}

// SimCLR's and BYOL's views, every step with a chance of being there; values stay in [0, 1], so the hue does
// not jump.
std::vector<Op> random_list(const Pixels& image, OutputSize size, PhiloxStream& random) {
  std::vector<Op> ops{crop_to(image, size, random)};
  if (random.below(2) == 0) ops.push_back(kind_of(OpKind::HorizontalFlip));
  if (random.below(4) == 0) ops.push_back(kind_of(OpKind::VerticalFlip));
  if (random.below(4) != 0) {
    ops.push_back(kind_of(OpKind::AdjustBrightness, random.uniform(0.6, 1.4)));
    ops.push_back(kind_of(OpKind::AdjustContrast, random.uniform(0.6, 1.4)));
    ops.push_back(kind_of(OpKind::AdjustSaturation, random.uniform(0.6, 1.4)));
    ops.push_back(kind_of(OpKind::AdjustHue, random.uniform(-0.1, 0.1)));
  }
  if (random.below(4) == 0) ops.push_back(kind_of(OpKind::RgbToGrayscale));
  if (random.below(2) == 0) ops.push_back(test::random_blur(random, size));
  if (random.below(4) == 0) ops.push_back(kind_of(OpKind::Invert));
  Op normalize = kind_of(OpKind::Normalize);
  for (int c = 0; c < 3; ++c) normalize.mean[c] = 0.4 + 0.05 * c, normalize.std_dev[c] = 0.9;
  ops.push_back(normalize);
  return ops;
}

void check_view(const float* actual, const Pixels& image, const std::vector<Op>& ops, OutputSize size) {
  const size_t values = 3 * static_cast<size_t>(size.height) * static_cast<size_t>(size.width);
  std::vector<float> expected(values);
  Scratch scratch;
  augment_image(image.view(), &ops, 1, size, expected.data(), scratch);
  // Resize, contrast and hue each differ by about 1e-6 at most at these sizes (cuda_views.cpp); a hue
  // multiplies by up to 6, the normalisation by 1 / 0.9.
  CHECK_NEAR(actual, expected.data(), values, 1e-5);
}

TEST(cuda_chains_equal_the_cpu) {
  PhiloxStream random({601, 7, 0, 0, 0});
  for (int trial = 0; trial < 25; ++trial) {
    cuda_host::seed() = static_cast<uint64_t>(trial) + 1;
    const int height = between(random, 1, 37);
    const OutputSize size{height, between(random, 1, 37)};
    std::vector<Pixels> images;
    std::vector<std::vector<Op>> lists;
    ViewPlan plan(size);
    for (size_t i = 0; i < 4; ++i) {
      images.push_back(test::random_image(random, 50, 60));
      lists.push_back(random_list(images[i], size, random));
    }
    for (size_t i = 0; i < 4; ++i) CHECK(plan.add(images[i].view(), lists[i]));
    const auto views = run(plan, size);
    for (size_t i = 0; i < 4; ++i) check_view(&views[i * views.size() / 4], images[i], lists[i], size);
  }
}

Op crop(int top, int left, int height, int width) {
  Op op = kind_of(OpKind::Crop);
  op.top = top, op.left = left, op.height = height, op.width = width;
  return op;
}

TEST(cuda_plans_padded_crops) {
  PhiloxStream random({602, 7, 0, 0, 0});
  const Pixels image = test::random_pixels(random, 32, 29);
  Op pad = kind_of(OpKind::Pad);
  for (int32_t& side : pad.padding) side = 4;
  pad.padding[1] = 3;
  const std::vector<Op> ops{pad, crop(1, 7, 32, 29), kind_of(OpKind::HorizontalFlip)};
  ViewPlan plan({32, 29});
  CHECK(plan.add(image.view(), ops));
  check_view(run(plan, {32, 29}).data(), image, ops, {32, 29});
}

TEST(cuda_plans_refuse_what_the_kernels_do_not_cover) {
  PhiloxStream random({603, 7, 0, 0, 0});
  const Pixels image = test::random_pixels(random, 20, 20);
  const OutputSize size{20, 20};
  const auto takes = [&](const std::vector<Op>& ops) { return ViewPlan(size).add(image.view(), ops); };
  Op resize = crop_to(image, size, random), blur = test::random_blur(random, size);
  CHECK(takes({resize, blur}));
  resize.antialias = false;
  CHECK(!takes({resize}));
  CHECK(!takes({blur, blur}));
  CHECK(!takes({kind_of(OpKind::Invert), kind_of(OpKind::HorizontalFlip)}));
  Op reflecting = kind_of(OpKind::Pad);
  reflecting.padding_mode = PaddingMode::Reflect;
  CHECK(!takes({reflecting}));
  CHECK(!takes({crop(5, 5, 10, 10), crop(-5, -5, 20, 20)}));  // black, not the image, around the inner box
  CHECK_THROWS(std::invalid_argument, takes({crop(0, 0, 5, 5)}), "Expected a view of 20 x 20");

  ViewPlan plan(size);
  Op normalize = kind_of(OpKind::Normalize);
  CHECK(plan.add(image.view(), {normalize}));
  normalize.mean[1] = 0.5;
  CHECK(!plan.add(image.view(), {normalize}));
  CHECK(!plan.add(image.view(), {}));
  CHECK_EQUAL(plan.count(), size_t{1});
}

TEST(cuda_plans_know_when_values_leave_the_unit_range) {
  PhiloxStream random({604, 7, 0, 0, 0});
  const Pixels image = test::random_pixels(random, 20, 20);
  Op resize = crop_to(image, {20, 20}, random);
  resize.interpolation = Interpolation::Bicubic;
  resize.height = resize.width = 10, resize.top = resize.left = 3;
  const Op hue = kind_of(OpKind::AdjustHue, 0.1);
  ViewPlan plan({20, 20});
  CHECK(plan.add(image.view(), {resize, hue, kind_of(OpKind::AdjustBrightness, 1.1), hue}));
  CHECK(!plan.before_blur.ops[0].unit_range && plan.before_blur.ops[2].unit_range);
}

// A whole batch as scoring and training ask for it: what the kernels make and what is left to the CPU are
// together the views of augment_views.
TEST(planned_batches_are_the_views_of_the_cpu) {
  PhiloxStream random({605, 7, 0, 0, 0});
  const OutputSize size{24, 24};
  // A second blur is left to the CPU.
  const Chain covered = test::chain_of(
      R"([{"transform":"random_resized_crop","size":[24,24]},{"transform":"random_horizontal_flip"},
          {"transform":"color_jitter","brightness":0.4,"contrast":0.4,"p":0.8},
          {"transform":"gaussian_blur","kernel_size":5,"p":0.5},
          {"transform":"normalize","mean":[0.5,0.4,0.5],"std":[0.9,0.9,0.9]}])");
  const Chain partly = test::chain_of(
      R"([{"transform":"random_resized_crop","size":[24,24]},{"transform":"gaussian_blur","kernel_size":5,"p":0.5},
          {"transform":"gaussian_blur","kernel_size":3,"p":0.5},
          {"transform":"normalize","mean":[0.5,0.4,0.5],"std":[0.9,0.9,0.9]}])");
  std::vector<uint8_t> pixels;
  std::vector<uint32_t> heights, widths;
  for (int i = 0; i < 5; ++i) {
    const Pixels image = test::random_image(random, 40, 30);
    heights.push_back(static_cast<uint32_t>(image.height));
    widths.push_back(static_cast<uint32_t>(image.width));
    pixels.insert(pixels.end(), image.bytes.begin(), image.bytes.end());
  }
  const auto pack = PackedImages::copy_of(pixels.data(), pixels.size(), heights.data(), widths.data(), 5);
  ViewRequest request;
  request.seed = 4;
  request.slots = {4, 0, 2};
  request.samples = {14, 10, 12};
  request.first_view = 1, request.views = 7;
  std::vector<ImageView> images;
  for (const uint32_t slot : request.slots) images.push_back(pack.image(slot));
  const size_t view = 3 * 24 * 24, total = 21;
  for (const Chain* chain : {&covered, &partly}) {
    std::vector<float> expected(total * view), got(total * view, -1.0f);
    augment_views(*chain, pack, request, expected.data(), 1, CancelFlag());
    size_t on_host = 0;
    for (const auto& [first, count] : {std::pair<size_t, size_t>{0, 9}, {9, 12}}) {
      const PlannedBatch batch = plan_batch(*chain, images, request, first, count);
      const auto made = run(batch.plan, size);
      for (size_t i = 0; i < batch.places.size(); ++i)
        std::copy_n(&made[i * view], view, &got[(first + static_cast<size_t>(batch.places[i])) * view]);
      Scratch scratch;
      for (const HostView& left : batch.host)
        augment_image(images[left.image], &left.ops, 1, size, &got[(first + left.place) * view], scratch);
      on_host += batch.host.size();
    }
    CHECK(chain == &covered ? on_host == 0 : on_host > 0 && on_host < total);
    CHECK_NEAR(got.data(), expected.data(), total * view, 1e-5);
  }
}

}  // namespace
}  // namespace sslmem
