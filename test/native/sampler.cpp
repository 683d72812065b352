// The parameters that are drawn follow torchvision's distributions. Seeds are fixed, so nothing here is left
// to chance; the limits are what a true sample exceeds once in 1,000.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "core/chain.h"
#include "json.h"

namespace sslmem {
namespace {

constexpr uint32_t kDraws = 20000;
constexpr double kKolmogorov = 1.95;  // sqrt(n) * D of a true sample exceeds it once in 1,000

std::vector<std::vector<Op>> draw(const Chain& chain, int height, int width, uint32_t count = kDraws) {
  std::vector<std::vector<Op>> all;
  for (uint32_t sample = 0; sample < count; ++sample) {
    all.push_back(draw_view(chain, height, width, {42, 0, 1, sample, sample % 3}));
  }
  return all;
}

std::vector<std::vector<Op>> draw(const std::string& json, int height, int width, uint32_t count = kDraws) {
  return draw(test::chain_of(json), height, width, count);
}

std::string with_crop(const std::string& transform) {
  return R"([{"transform":"center_crop","size":[40,40]},)" + transform + "]";
}

// Kolmogorov-Smirnov against the uniform distribution on [low, high].
void check_uniform(std::vector<double> values, double low, double high) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  CHECK(values.front() >= low && values.back() <= high);
  double distance = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double expected = (values[i] - low) / (high - low), rank = static_cast<double>(i);
    distance = std::max({distance, std::fabs(expected - rank / n), std::fabs(expected - (rank + 1.0) / n)});
  }
  CHECK(std::sqrt(n) * distance < kKolmogorov);
}

// The share of draws that have an operation of that kind: p, within 3.29 standard deviations.
void check_rate(const std::vector<std::vector<Op>>& all, OpKind kind, double p) {
  double hits = 0.0;
  for (const auto& ops : all) {
    hits += std::any_of(ops.begin(), ops.end(), [&](const Op& op) { return op.kind == kind; }) ? 1.0 : 0.0;
  }
  const double n = static_cast<double>(all.size());
  CHECK(std::fabs(hits - n * p) <= 3.29 * std::sqrt(n * p * (1.0 - p)));
}

std::vector<double> values_of(const std::vector<std::vector<Op>>& all, OpKind kind) {
  std::vector<double> values;
  for (const auto& ops : all) {
    for (const Op& op : ops) {
      if (op.kind == kind) values.push_back(kind == OpKind::GaussianBlur ? op.sigma[0] : op.value);
    }
  }
  return values;
}

TEST(resized_crops_have_uniform_areas_and_log_uniform_ratios) {
  // Small enough crops always fit, so that no try is refused.
  const auto all = draw(
      R"([{"transform":"random_resized_crop","size":[8,8],"scale":[0.1,0.4],"ratio":[0.5,2]}])", 2000, 2000);
  std::vector<double> areas, log_ratios;
  for (const auto& ops : all) {
    areas.push_back(static_cast<double>(ops[0].height) * ops[0].width / 4e6);
    log_ratios.push_back(std::log(static_cast<double>(ops[0].width) / ops[0].height));
  }
  const double rounding = 2e-3;  // of sides of at least 447 pixels to whole ones
  for (double& area : areas) area = std::clamp(area, 0.1, 0.4);
  for (double& ratio : log_ratios)
    ratio = std::clamp(ratio, std::log(0.5) - rounding, std::log(2.0) + rounding);
  check_uniform(areas, 0.1, 0.4);
  check_uniform(log_ratios, std::log(0.5) - rounding, std::log(2.0) + rounding);
}

TEST(resized_crops_follow_torchvision_where_tries_are_refused) {
  std::ifstream file(std::string(SSLMEM_SOURCE_DIR) + "/test/golden/augment/sampler.json");
  const test::Json golden = test::parse_json({std::istreambuf_iterator<char>(file), {}});
  const double theirs = golden["draws"].number();
  // Two samples; the golden one is known at a few points only, which makes the limit a cautious one.
  const double limit = kKolmogorov * std::sqrt(1.0 / kDraws + 1.0 / theirs);
  size_t compared = 0;
  for (const test::Json& entry : golden["cases"].items) {
    const auto range = [&](const char* name) {
      return Range{entry[name].items[0].number(), entry[name].items[1].number()};
    };
    Transform crop = default_transform(TransformKind::RandomResizedCrop);
    crop.op.out_height = crop.op.out_width = 8;
    crop.scale = range("scale");
    crop.ratio = range("ratio");
    const auto all = draw(make_chain({crop}), entry["height"].integer(), entry["width"].integer());
    const std::map<std::string, int32_t Op::*> fields = {
        {"top", &Op::top}, {"left", &Op::left}, {"height", &Op::height}, {"width", &Op::width}};
    for (const auto& [name, field] : fields) {
      for (const test::Json& point : entry["below"][name].items) {
        double below = 0.0;
        for (const auto& ops : all) below += ops[0].*field <= point.items[0].number() ? 1.0 : 0.0;
        CHECK_CLOSE(below / kDraws, point.items[1].number(), limit);
        ++compared;
      }
    }
  }
  CHECK(compared > 150);
}

TEST(crop_positions_are_uniform) {
  const auto all =
      draw(R"([{"transform":"random_crop","size":[32,30],"padding":4,"padding_mode":"reflect"}])", 32, 32);
  std::map<int, int> tops, lefts;
  for (const auto& ops : all) {
    CHECK_EQUAL(ops.size(), size_t{2});
    CHECK(ops[0].kind == OpKind::Pad && ops[0].padding[3] == 4 &&
          ops[0].padding_mode == PaddingMode::Reflect);
    ++tops[ops[1].top];
    ++lefts[ops[1].left];
  }
  CHECK(tops.begin()->first == 0 && tops.rbegin()->first == 8 && tops.size() == 9);
  CHECK(lefts.begin()->first == 0 && lefts.rbegin()->first == 10 && lefts.size() == 11);
  for (const auto* counts : {&tops, &lefts}) {
    const double expected = kDraws / static_cast<double>(counts->size());
    double chi_square = 0.0;
    for (const auto& count : *counts)
      chi_square += (count.second - expected) * (count.second - expected) / expected;
    CHECK(chi_square < (counts->size() == 9 ? 26.1 : 29.6));
  }
}

TEST(color_jitter_has_uniform_factors_in_a_uniform_order) {
  const auto all = draw(with_crop(R"({"transform":"color_jitter","brightness":0.8,"contrast":[0.5,0.9],
      "saturation":1.5,"hue":0.2,"p":0.8})"),
                        40, 40);
  check_rate(all, OpKind::AdjustHue, 0.8);
  check_uniform(values_of(all, OpKind::AdjustBrightness), 0.2, 1.8);
  check_uniform(values_of(all, OpKind::AdjustContrast), 0.5, 0.9);
  check_uniform(values_of(all, OpKind::AdjustSaturation), 0.0, 2.5);
  check_uniform(values_of(all, OpKind::AdjustHue), -0.2, 0.2);
  std::map<std::vector<int>, int> orders;
  int jittered = 0;
  for (const auto& ops : all) {
    std::vector<int> order;
    for (size_t i = 1; i < ops.size(); ++i) order.push_back(static_cast<int>(ops[i].kind));
    if (order.empty()) continue;
    CHECK_EQUAL(order.size(), size_t{4});
    ++orders[order];
    ++jittered;
  }
  CHECK_EQUAL(orders.size(), size_t{24});
  double chi_square = 0.0;
  for (const auto& order : orders) {
    chi_square += (order.second - jittered / 24.0) * (order.second - jittered / 24.0) / (jittered / 24.0);
  }
  CHECK(chi_square < 49.7);  // 23 degrees of freedom
}

TEST(jitter_parts_that_change_nothing_are_left_out) {
  for (const auto& ops :
       draw(with_crop(R"({"transform":"color_jitter","brightness":0,"contrast":[1,1],"hue":0.1})"), 40, 40,
            20)) {
    CHECK_EQUAL(ops.size(), size_t{2});
    CHECK(ops[1].kind == OpKind::AdjustHue);
  }
}

TEST(transforms_are_applied_with_their_probability) {
  const std::string parts =
      R"({"transform":"random_horizontal_flip"},{"transform":"random_vertical_flip","p":0.25},
      {"transform":"random_grayscale"},{"transform":"gaussian_blur","kernel_size":[3,5],"sigma":[0.5,3],"p":0.3},
      {"transform":"random_solarize","threshold":0.5,"p":0.2},{"transform":"random_invert","p":0.9})";
  const auto all = draw(with_crop(parts), 40, 40);
  check_rate(all, OpKind::HorizontalFlip, 0.5);
  check_rate(all, OpKind::VerticalFlip, 0.25);
  check_rate(all, OpKind::RgbToGrayscale, 0.1);
  check_rate(all, OpKind::GaussianBlur, 0.3);
  check_rate(all, OpKind::Solarize, 0.2);
  check_rate(all, OpKind::Invert, 0.9);
  check_uniform(values_of(all, OpKind::GaussianBlur), 0.5, 3.0);
  for (const auto& ops : all) {
    for (const Op& op : ops) {
      if (op.kind == OpKind::GaussianBlur) CHECK(op.sigma[0] == op.sigma[1] && op.kernel_size[0] == 3);
    }
  }
}

TEST(probabilities_of_0_and_1_are_certain) {
  const auto all = draw(
      with_crop(R"({"transform":"random_invert","p":1},{"transform":"random_grayscale","p":0})"), 40, 40);
  for (const auto& ops : all) CHECK(ops.size() == 2 && ops[1].kind == OpKind::Invert);
}

TEST(views_of_one_image_are_drawn_independently) {
  const Chain chain = test::chain_of(with_crop(R"({"transform":"color_jitter","brightness":0.5})"));
  double product = 0.0, squares = 0.0;
  for (uint32_t sample = 0; sample < kDraws; ++sample) {
    const double first = draw_view(chain, 40, 40, {1, 0, 0, sample, 0})[1].value - 1.0;
    const double second = draw_view(chain, 40, 40, {1, 0, 0, sample, 1})[1].value - 1.0;
    product += first * second;
    squares += first * first;
  }
  CHECK(std::fabs(product / squares) * std::sqrt(static_cast<double>(kDraws)) < 3.29);  // correlation
}

TEST(drawing_again_gives_the_same_view) {
  const Chain chain = test::chain_of(
      R"([{"transform":"random_resized_crop","size":[9,9]},{"transform":"color_jitter","hue":0.5},
      {"transform":"gaussian_blur","kernel_size":3}])");
  const ViewKey key{123456789012345ull, 1, 7, 31, 2};
  CHECK_EQUAL(test::text_of(draw_view(chain, 60, 70, key)), test::text_of(draw_view(chain, 60, 70, key)));
}

}  // namespace
}  // namespace sslmem
