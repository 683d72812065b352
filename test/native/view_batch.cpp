// Batches of views: what a view is may depend on its key alone. Also the property test of the whole
// augmentation: random chains on random images, under the sanitizers too.
#include "core/view_batch.h"

#include <algorithm>
#include <cmath>

#include "check.h"
#include "json.h"
#include "random.h"

using namespace sslmem;

namespace {

PackedImages random_pack(TestRandom& random, size_t count, size_t longest) {
  std::vector<uint8_t> pixels;
  std::vector<uint32_t> heights, widths;
  for (size_t i = 0; i < count; ++i) {
    heights.push_back(static_cast<uint32_t>(random.integer(1, longest)));
    widths.push_back(static_cast<uint32_t>(random.integer(1, longest)));
    for (size_t k = 0; k < size_t{heights[i]} * widths[i] * 3; ++k) {
      pixels.push_back(static_cast<uint8_t>(random.next()));
    }
  }
  return PackedImages::copy_of(pixels.data(), pixels.size(), heights.data(), widths.data(), count);
}

constexpr char kSimclr[] = R"([
  {"transform":"random_resized_crop","size":[9,12],"scale":[0.08,1],"ratio":[0.75,1.3333333333333333],
   "interpolation":"bilinear","antialias":true},
  {"transform":"random_horizontal_flip","p":0.5},
  {"transform":"color_jitter","brightness":0.8,"contrast":0.8,"saturation":0.8,"hue":0.2,"p":0.8},
  {"transform":"random_grayscale","p":0.2},
  {"transform":"gaussian_blur","kernel_size":3,"sigma":[0.1,2.0],"p":0.5},
  {"transform":"normalize","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}])";
constexpr size_t kFloats = 9 * 12 * 3;

ViewRequest request_for(size_t images, uint32_t views) {
  ViewRequest request;
  request.seed = 5;
  request.views = views;
  for (uint32_t i = 0; i < images; ++i) {
    request.slots.push_back(i);
    request.samples.push_back(100 + i);
  }
  return request;
}

std::vector<float> views_of(const Chain& chain, const PackedImages& pack, const ViewRequest& request,
                            size_t threads) {
  const auto size = output_size(chain);
  std::vector<float> out(request.slots.size() * request.views *
                         static_cast<size_t>(size.height * size.width) * 3);
  augment_views(chain, pack, request, out.data(), threads, {});
  return out;
}

std::string pair_of(double a, double b) { return "[" + number_text(a) + "," + number_text(b) + "]"; }

// A chain of one to seven transforms with random parameters; the first fixes the size.
std::string random_chain(TestRandom& random) {
  const auto side = [&] { return std::to_string(random.integer(1, 40)); };
  const std::string size = "[" + side() + "," + side() + "]";
  const std::string interpolation = random.uniform() < 0.5 ? "bilinear" : "bicubic";
  const double low = random.uniform(0.01, 1), ratio = random.uniform(0.2, 1);
  std::string json = R"([{"transform":"random_resized_crop","size":)" + size + R"(,"scale":)" +
                     pair_of(low, 1) + R"(,"ratio":)" + pair_of(ratio, 1 / ratio) + R"(,"interpolation":")" +
                     interpolation + R"(","antialias":)" + (random.uniform() < 0.7 ? "true" : "false") + "}";
  const std::string p = R"(,"p":)" + number_text(random.uniform());
  for (size_t n = random.integer(0, 6); n > 0; --n) {
    switch (random.integer(0, 7)) {
      case 0:
        json += R"(,{"transform":"random_horizontal_flip")" + p + "}";
        break;
      case 1:
        json += R"(,{"transform":"random_vertical_flip")" + p + "}";
        break;
      case 2:
        json += R"(,{"transform":"color_jitter","brightness":)" + number_text(random.uniform(0, 3)) +
                R"(,"contrast":)" + number_text(random.uniform(0, 3)) + R"(,"saturation":)" +
                number_text(random.uniform(0, 3)) + R"(,"hue":)" + number_text(random.uniform(0, 0.5)) + p +
                "}";
        break;
      case 3:
        json += R"(,{"transform":"random_grayscale")" + p + "}";
        break;
      case 4:
        json += R"(,{"transform":"gaussian_blur","kernel_size":1,"sigma":[0.1,2.0])" + p + "}";
        break;
      case 5:
        json += R"(,{"transform":"random_solarize","threshold":)" + number_text(random.uniform()) + p + "}";
        break;
      case 6:
        json += R"(,{"transform":"random_invert")" + p + "}";
        break;
      default:
        json += R"(,{"transform":"center_crop","size":)" + size + "}";
    }
  }
  return json + "]";
}

}  // namespace

TEST(views_depend_on_their_key_alone) {
  TestRandom random(21);
  const auto pack = random_pack(random, 5, 40);
  const auto chain = test::chain_of(kSimclr);
  const auto whole = views_of(chain, pack, request_for(5, 6), 1);
  for (const size_t threads : {0, 2, 3, 8, 64}) {
    CHECK_NEAR(views_of(chain, pack, request_for(5, 6), threads).data(), whole.data(), whole.size(), 0.0);
  }
  for (uint32_t i = 0; i < 5; ++i) {
    for (uint32_t v = 0; v < 6; ++v) {
      auto request = request_for(5, 1);
      request.slots = {i};
      request.samples = {100 + i};
      request.first_view = v;
      CHECK_NEAR(views_of(chain, pack, request, 1).data(), whole.data() + (i * 6 + v) * kFloats, kFloats,
                 0.0);
    }
  }
}

TEST(drawn_views_replayed_give_the_same_bits) {
  TestRandom random(22);
  const auto pack = random_pack(random, 4, 50);
  const auto chain = test::chain_of(kSimclr);
  const auto request = request_for(4, 3);
  const auto expected = views_of(chain, pack, request, 2);
  const auto drawn = draw_views(chain, pack, request);
  std::vector<std::vector<Op>> lists;
  CHECK_EQUAL(drawn.size(), 4u);
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < 4; ++i) {
    CHECK_EQUAL(drawn[i].size(), 3u);
    for (const auto& ops : drawn[i]) {
      std::vector<Spec> specs;
      for (const Op& op : ops) specs.push_back(write_op(op));
      lists.push_back(read_ops(specs, "a list"));
      slots.push_back(i);
    }
  }
  std::vector<float> out(expected.size());
  apply_views(lists, pack, slots, output_size(chain), out.data(), 2, {});
  CHECK_NEAR(out.data(), expected.data(), out.size(), 0.0);
}

TEST(view_requests_are_checked) {
  TestRandom random(23);
  const auto pack = random_pack(random, 2, 8);
  const auto chain = test::chain_of(kSimclr);
  const auto check_refused = [&](ViewRequest request, const std::string& part) {
    CHECK_THROWS(std::logic_error, augment_views(chain, pack, request, nullptr, 1, {}), part);
    CHECK_THROWS(std::logic_error, draw_views(chain, pack, request), part);
  };
  auto request = request_for(2, 0);
  check_refused(request, "views of at least 1");
  request = request_for(3, 1);
  check_refused(request, "slot below 2 but received 2");
  request = request_for(2, 1);
  request.samples.pop_back();
  check_refused(request, "as many samples as slots (2) but received 1");
  request = request_for(2, 2);
  request.first_view = (1u << 24) - 1;
  check_refused(request, "firstView + views of at most 16777216");
  request = request_for(2, 1);
  request.purpose = 256;
  check_refused(request, "purpose in [0, 255]");

  const int32_t stop = 1;
  CHECK_THROWS(Cancelled, augment_views(chain, pack, request_for(2, 1), nullptr, 1, CancelFlag(&stop)),
               "aborted");
  CHECK_THROWS(std::invalid_argument, apply_views({}, pack, {0}, {1, 1}, nullptr, 1, {}), "operation lists");
}

TEST(an_image_too_small_for_its_crop_is_named) {
  const uint8_t pixels[12] = {};
  const uint32_t side[] = {2};
  const auto pack = PackedImages::copy_of(pixels, 12, side, side, 1);
  const auto chain = test::chain_of(R"([{"transform":"random_crop","size":[5,5]}])");
  std::vector<float> out(75);
  CHECK_THROWS(std::invalid_argument, augment_views(chain, pack, request_for(1, 1), out.data(), 1, {}),
               "sample 100: ");
}

TEST(property_random_chains_on_random_images) {
  TestRandom random(24);
  for (int trial = 0; trial < 300; ++trial) {
    const auto pack = random_pack(random, random.integer(1, 3), random.uniform() < 0.3 ? 3 : 60);
    const auto json = random_chain(random);
    const auto chain = test::chain_of(json);
    auto request = request_for(pack.count(), static_cast<uint32_t>(random.integer(1, 4)));
    request.seed = random.next() >> 11;
    const auto out = views_of(chain, pack, request, random.integer(0, 3));
    const auto [low, high] = std::minmax_element(out.begin(), out.end());
    for (const float x : out) CHECK(std::isfinite(x));
    // Nothing here normalises: pixels stay in [0, 1], but for bicubic overshoot. The sharpest cubic kernel
    // (a = -0.75, without antialiasing) has weights of 1.1875 and -0.1875 in all per axis at worst, so two
    // axes reach 1.1875^2 + 0.1875^2 = 1.446 and -2 * 1.1875 * 0.1875 = -0.446.
    if (json.find("bicubic") == std::string::npos) {
      CHECK(*low >= 0.0f - 0x1p-20f && *high <= 1.0f + 0x1p-20f);
    } else {
      CHECK(*low > -0.45f && *high < 1.45f);
    }
  }
}
