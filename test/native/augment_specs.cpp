// What is read, what is written, and what is refused.

#include <cmath>
#include <functional>
#include <stdexcept>

#include "augment_random.h"
#include "check.h"
#include "core/chain.h"
#include "core/op_limits.h"
#include "json.h"

namespace sslmem {
namespace {

using Invalid = std::invalid_argument;
using test::chain_of;
using test::ops_of;

std::vector<Spec> written(const std::vector<Op>& ops) {
  std::vector<Spec> specs;
  for (const Op& op : ops) specs.push_back(write_op(op));
  return specs;
}

TEST(operations_survive_being_written) {
  PhiloxStream random({7, 7, 0, 0, 0});
  for (int i = 0; i < 300; ++i) {
    const auto ops = test::random_ops(random, 23, 31);
    CHECK_EQUAL(test::text_of(read_ops(written(ops), "a list")), test::text_of(ops));
  }
  for (const char* op : {R"("op":"resize","size":[20])", R"("op":"rgb_to_grayscale")",
                         R"("op":"pad","padding":[1,2,3,4],"fill":0.5,"padding_mode":"edge")"}) {
    const auto ops = ops_of("[{" + std::string(op) + "}]");
    CHECK_EQUAL(test::text_of(read_ops(written(ops), "a list")), test::text_of(ops));
  }
}

TEST(operations_are_named_as_torchvision_names_them) {
  Op op;
  op.kind = OpKind::ResizedCrop;
  op.top = 3;
  op.height = 20;
  op.width = 25;
  op.out_height = op.out_width = 32;
  CHECK_EQUAL(test::text_of({op}),
              std::string("op:resized_crop; top: 3; left: 0; height: 20; width: 25; size: 32 32; ") +
                  "interpolation:bilinear; antialias:true; ");
  op.kind = OpKind::AdjustBrightness;
  op.value = 1.31;
  CHECK_EQUAL(test::text_of({op}), std::string("op:adjust_brightness; brightness_factor: 1.31; "));
}

TEST(fewer_numbers_stand_for_all_places) {
  const auto ops = ops_of(R"([{"op":"pad","padding":[1,2]},{"op":"gaussian_blur","kernel_size":5,"sigma":2},
      {"op":"resize","size":7},{"op":"center_crop","output_size":[9]}])");
  CHECK_EQUAL(test::text_of(ops),
              std::string("op:pad; padding: 1 2 1 2; fill: 0; padding_mode:constant; op:gaussian_blur; ") +
                  "kernel_size: 5 5; sigma: 2 2; op:resize; size: 7; interpolation:bilinear; " +
                  "antialias:true; op:center_crop; output_size: 9 9; ");
}

TEST(one_number_of_a_jitter_goes_to_both_sides_of_the_default) {
  const Chain chain = chain_of(R"([{"transform":"center_crop","size":[8,8]},
      {"transform":"color_jitter","brightness":0.25,"contrast":3,"saturation":[0.5,0.75],"hue":0.5}])");
  const Transform& jitter = chain.transforms[1];
  CHECK(jitter.brightness.low == 0.75 && jitter.brightness.high == 1.25);
  CHECK(jitter.contrast.low == 0.0 && jitter.contrast.high == 4.0);
  CHECK(jitter.saturation.low == 0.5 && jitter.saturation.high == 0.75);
  CHECK(jitter.hue.low == -0.5 && jitter.hue.high == 0.5);
}

TEST(chains_that_make_no_sense_are_refused) {
  const auto refuse = [](const std::string& json, const char* part) {
    CHECK_THROWS(Invalid, chain_of(json), part);
  };
  refuse("[]", "one output size");
  refuse(R"([{"transform":"random_horizontal_flip"}])", "one output size");
  refuse(R"([{"transform":"resize","size":[8]}])", "one output size");
  refuse(R"([{"size":[8,8]}])", "transform 0 to be an object with a string \"transform\"");
  refuse(R"([{"transform":3}])", "transform 0 to be an object with a string \"transform\"");
  refuse(R"([{"transform":"shear"}])",
         "Unknown transform \"shear\" in transform 0; known are random_resized");
  refuse(
      R"([{"transform":"center_crop","size":[0,8]}])",
      "Expected 1 or 2 integers in [1, 16777216] for size of transform 0 (center_crop) but received [0, 8]");
  refuse(R"([{"transform":"center_crop","size":[8.5,8]}])", "but received [8.5, 8]");
  refuse(R"([{"transform":"center_crop","size":[8,8,8]}])", "1 or 2 integers");
  refuse(R"([{"transform":"center_crop","size":true}])",
         "for size of transform 0 (center_crop) but received true");
  refuse(R"([{"transform":"center_crop"}])", "for size of transform 0 (center_crop) but received none");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"scale":[1,0.5]}])", "low <= high");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"scale":0.5}])", "received 0.5");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"ratio":[0,1]}])",
         "in [1e-09, 1e+09] for ratio");
  refuse(
      R"([{"transform":"random_resized_crop","size":[8,8],"interpolation":"lanczos"}])",
      "one of \"bilinear\", \"bicubic\" for interpolation of transform 0 (random_resized_crop) but received "
      "\"lanczos\"");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"antialias":1}])",
         "true or false for antialias");
  const auto refuse_after_crop = [&](const std::string& transform, const char* part) {
    refuse(R"([{"transform":"center_crop","size":[8,8]},{"transform":)" + transform + "}]", part);
  };
  refuse_after_crop(R"("random_invert","q":1)", "Unknown field \"q\" of transform 1 (random_invert)");
  refuse_after_crop(R"("random_invert","p":1.5)",
                    "Expected a number in [0, 1] for p of transform 1 (random_invert) but received 1.5");
  refuse_after_crop(R"("random_invert","p":[1])", "for p of transform 1 (random_invert) but received [1]");
  refuse_after_crop(R"("normalize","p":1,"mean":[0,0,0],"std":[1,1,1])", "Unknown field \"p\"");
  refuse_after_crop(R"("color_jitter","hue":0.6)", "for hue of transform 1 (color_jitter) but received 0.6");
  refuse_after_crop(R"("color_jitter","hue":[0.2,0.1])", "for hue");
  refuse_after_crop(R"("color_jitter","brightness":-1)", "a number >= 0 or [low, high]");
  refuse_after_crop(R"("color_jitter","brightness":[-0.1,1])", "for brightness");
  refuse_after_crop(R"("gaussian_blur","kernel_size":4)",
                    "1 or 2 odd integers in [1, 65537] for kernel_size");
  refuse_after_crop(R"("gaussian_blur","kernel_size":17)", "2 * side - 1");
  refuse_after_crop(R"("gaussian_blur","kernel_size":3,"sigma":[0,1])", "in [1e-06, 1e+06] for sigma");
  refuse_after_crop(R"("gaussian_blur","kernel_size":3,"sigma":[2,1])", "low <= high");
  refuse_after_crop(R"("random_crop","size":[9,9])", "at most 8 x 8");
  refuse_after_crop(R"("random_crop","size":[9,9],"padding":[1,2,3])", "1, 2 or 4 integers");
  refuse_after_crop(R"("normalize","mean":[0,0,0],"std":[1,0,1])", "3 numbers >= 1e-12 for std");
  refuse_after_crop(R"("normalize","mean":[0,0],"std":[1,1,1])", "3 numbers for mean");
  refuse_after_crop(R"("random_solarize")",
                    "for threshold of transform 1 (random_solarize) but received none");
}

TEST(numbers_that_are_not_finite_are_refused) {
  for (const double value : {std::nan(""), double{INFINITY}, -double{INFINITY}}) {
    Transform crop = default_transform(TransformKind::CenterCrop);
    crop.op.out_height = crop.op.out_width = 8;
    Transform normalize = default_transform(TransformKind::Normalize);
    normalize.op.mean[1] = value;
    CHECK_THROWS(Invalid, make_chain({crop, normalize}), "for mean of transform 1 (normalize)");
    Spec spec = write_op(normalize.op);
    CHECK_THROWS(Invalid, read_ops({spec}, "a list"), "for mean of operation 0 of a list (normalize)");
    Op hue;
    hue.kind = OpKind::AdjustHue;
    hue.value = value;
    CHECK_THROWS(Invalid, output_size(std::vector<Op>{hue}, 4, 5), "[-0.5, 0.5] for hue_factor");
    CHECK_THROWS(Invalid, read_ops({write_op(hue)}, "a list"), "[-0.5, 0.5] for hue_factor");
    spec = {{"op", {SpecValue::Type::Text, {}, false, "center_crop"}},
            {"output_size", {SpecValue::Type::Number, {value}, false, {}}}};
    CHECK_THROWS(Invalid, read_ops({spec}, "a list"), "for output_size");
  }
}

TEST(operations_that_do_not_fit_are_refused_before_any_pixel) {
  const test::Pixels pixels{4, 5, std::vector<uint8_t>(60)};
  Scratch scratch;
  std::vector<float> out(60, 5.0f);
  const auto refuse = [&](const char* json, const char* part) {
    const auto ops = ops_of(json);
    CHECK_THROWS(Invalid, augment_image(pixels.view(), &ops, 1, {4, 5}, out.data(), scratch), part);
  };
  refuse(R"([{"op":"gaussian_blur","kernel_size":[9,9],"sigma":[1,1]}])", "4 x 5");
  refuse(R"([{"op":"pad","padding":[0,4,0,0],"padding_mode":"reflect"}])", "reflect padding");
  refuse(R"([{"op":"center_crop","output_size":[3,3]}])",
         "Expected a view of 4 x 5 but its operations give 3 x 3");
  refuse(R"([{"op":"pad","padding":[16000000,16000000,16000000,16000000]}])", "16777216 pixels a side");
  refuse(R"([{"op":"resize","size":[16777216,16777216]}])", "at most 268435456 pixels");
  refuse(R"([{"op":"resize","size":[16777216]}])", "16777216 pixels a side");
  for (const float value : out) CHECK_EQUAL(value, 5.0f);
  CHECK_THROWS(Invalid, ops_of(R"([{"op":"adjust_hue","hue_factor":0.51}])"), "[-0.5, 0.5]");
  CHECK_THROWS(Invalid, ops_of(R"([{"op":"crop","top":0,"left":0,"height":0,"width":2}])"), "for height");
  CHECK_THROWS(Invalid, ops_of(R"([{"op":"crop","top":3e9,"left":0,"height":1,"width":2}])"), "for top");
  CHECK_THROWS(Invalid, ops_of(R"([{"op":"rgb_to_grayscale","num_output_channels":1}])"), "in [3, 3]");
  CHECK_THROWS(Invalid, ops_of(R"([{"op":"rotate"}])"), "Unknown op \"rotate\"");
}

// Whoever fills the struct without reading it from a spec is checked too.
TEST(operations_are_checked_however_they_were_made) {
  const auto refuse = [](OpKind kind, const std::function<void(Op&)>& spoil, const char* part) {
    Op op;
    op.kind = kind;
    op.height = op.width = op.out_height = op.out_width = 3;
    op.kernel_size[0] = op.kernel_size[1] = 3;
    op.sigma[0] = op.sigma[1] = 1.0;
    CHECK(output_size(std::vector<Op>{op}, 4, 5).height > 0);
    spoil(op);
    CHECK_THROWS(Invalid, output_size(std::vector<Op>{op}, 4, 5), part);
  };
  refuse(OpKind::Crop, [](Op& op) { op.width = 0; }, "for width of operation 0 (crop) but received 0");
  refuse(OpKind::ResizedCrop, [](Op& op) { op.out_width = 0; }, "for size");
  refuse(OpKind::ResizedCrop, [](Op& op) { op.height = op.width = kMaxSide; }, "268435456");
  refuse(OpKind::Resize, [](Op& op) { op.out_height = -1; }, "for size");
  refuse(OpKind::Resize, [](Op& op) { op.interpolation = static_cast<Interpolation>(7); }, "interpolation");
  refuse(OpKind::Pad, [](Op& op) { op.padding[3] = -1; }, "for padding");
  refuse(OpKind::Pad, [](Op& op) { op.value = 2e6; }, "for fill");
  refuse(OpKind::AdjustContrast, [](Op& op) { op.value = -0.1; }, "for contrast_factor");
  refuse(OpKind::GaussianBlur, [](Op& op) { op.kernel_size[1] = 2; }, "odd");
  refuse(OpKind::GaussianBlur, [](Op& op) { op.sigma[0] = 0; }, "for sigma");
  refuse(OpKind::Solarize, [](Op& op) { op.value = 1.5; }, "for threshold");
  refuse(OpKind::Normalize, [](Op& op) { op.std_dev[2] = 0; }, "for std");
}

TEST(a_random_crop_of_a_smaller_image_is_refused) {
  const Chain chain = chain_of(R"([{"transform":"random_crop","size":[20,20],"padding":2}])");
  CHECK_THROWS(Invalid, draw_view(chain, 15, 40, {}), "at least 20 x 20");
}

}  // namespace
}  // namespace sslmem
