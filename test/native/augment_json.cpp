// What is read, what is written, and what is refused.

#include <stdexcept>

#include "augment_random.h"
#include "check.h"
#include "core/chain.h"
#include "core/json.h"

namespace sslmem {
namespace {

using Invalid = std::invalid_argument;

TEST(json_reads_what_the_standard_allows_and_nothing_else) {
  const JsonValue value =
      parse_json(" { \"a\" : [ 1 , -0.5e+2, true, null, \"\\u00e9\\ud83d\\ude00\\n\" ], \"b\": {} } ");
  CHECK_EQUAL(value.find("a")->items.size(), size_t{5});
  CHECK_EQUAL(value.find("a")->items[1].number, -50.0);
  CHECK_EQUAL(value.find("a")->items[4].string, std::string("\xC3\xA9\xF0\x9F\x98\x80\n"));
  CHECK(value.find("c") == nullptr);
  for (const char* text :
       {"",        "[1,]",        "[1 2]",       "{\"a\":1,}", "{a:1}",    "01",    "1.",
        ".5",      "+1",          "1e",          "nan",        "Infinity", "1e999", "\"\t\"",
        "\"\\x\"", "\"\\ud800\"", "\"\\u12g4\"", "\"open",     "[1]]",     "tru",   "{\"a\":1,\"a\":2}",
        "[",       "-",           "\"\\",        "\"\\u1"}) {
    CHECK_THROWS(Invalid, parse_json(text), "of the JSON but received");
  }
  CHECK_THROWS(Invalid, parse_json(std::string(100000, '[')), "32 levels");
}

TEST(operations_survive_their_json) {
  PhiloxStream random({7, 7, 0, 0, 0});
  for (int i = 0; i < 300; ++i) {
    const auto ops = test::random_ops(random, 23, 31);
    const std::string json = ops_to_json(ops);
    CHECK_EQUAL(ops_to_json(parse_ops(json)), json);
  }
}

TEST(operations_are_named_as_torchvision_names_them) {
  Op op;
  op.kind = OpKind::ResizedCrop;
  op.top = 3;
  op.height = 20;
  op.width = 25;
  op.out_height = op.out_width = 32;
  CHECK_EQUAL(
      ops_to_json({op}),
      std::string(R"([{"op":"resized_crop","top":3,"left":0,"height":20,"width":25,"size":[32,32],)") +
          R"("interpolation":"bilinear","antialias":true}])");
  op.kind = OpKind::AdjustBrightness;
  op.value = 1.31;
  CHECK_EQUAL(ops_to_json({op}), std::string(R"([{"op":"adjust_brightness","brightness_factor":1.31}])"));
}

TEST(chains_that_make_no_sense_are_refused) {
  const auto refuse = [](const std::string& json, const char* part) {
    CHECK_THROWS(Invalid, parse_chain(json), part);
  };
  const std::string crop = R"({"transform":"center_crop","size":[8,8]})";
  refuse("{}", "JSON array of transforms");
  refuse("[]", "one output size");
  refuse(R"([{"transform":"random_horizontal_flip"}])", "one output size");
  refuse(R"([{"transform":"resize","size":[8]}])", "one output size");
  refuse(R"([{"size":[8,8]}])", "transform 0 to be an object with a string \"transform\"");
  refuse(R"([{"transform":"shear"}])", "Unknown transform \"shear\" in transform 0; known are center_crop");
  refuse("[" + crop + R"(,{"transform":"random_invert","q":1}])",
         "Unknown field \"q\" of transform 1 (random_invert)");
  refuse("[" + crop + R"(,{"transform":"random_invert","p":1.5}])", "in [0, 1] (received 1.5) for p");
  refuse(R"([{"transform":"center_crop","size":[0,8]}])", "for size");
  refuse(R"([{"transform":"center_crop","size":[8.5,8]}])", "integers (received 8.5) for size");
  refuse(R"([{"transform":"center_crop","size":[8,8,8]}])", "1 to 2 numbers for size");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"scale":[1,0.5]}])", "low <= high");
  refuse(R"([{"transform":"random_resized_crop","size":[8,8],"interpolation":"lanczos"}])", "\"lanczos\"");
  refuse("[" + crop + R"(,{"transform":"color_jitter","hue":0.6}])", "for hue");
  refuse("[" + crop + R"(,{"transform":"color_jitter","brightness":-1}])", "for brightness");
  refuse("[" + crop + R"(,{"transform":"gaussian_blur","kernel_size":4}])", "odd");
  refuse("[" + crop + R"(,{"transform":"gaussian_blur","kernel_size":17}])", "2 * side - 1");
  refuse("[" + crop + R"(,{"transform":"gaussian_blur","kernel_size":3,"sigma":[0,1]}])", "for sigma");
  refuse("[" + crop + R"(,{"transform":"random_crop","size":[9,9]}])", "at most 8 x 8");
  refuse("[" + crop + R"(,{"transform":"normalize","mean":[0,0,0],"std":[1,0,1]}])", "for std");
  refuse("[" + crop + R"(,{"transform":"random_solarize"}])", "threshold");
}

TEST(operations_that_do_not_fit_are_refused_before_any_pixel) {
  const test::Pixels pixels{4, 5, std::vector<uint8_t>(60)};
  Scratch scratch;
  std::vector<float> out(60, 5.0f);
  const auto refuse = [&](const char* json, const char* part) {
    const auto ops = parse_ops(json);
    CHECK_THROWS(Invalid, augment_image(pixels.view(), &ops, 1, {4, 5}, out.data(), scratch), part);
  };
  refuse(R"([{"op":"gaussian_blur","kernel_size":[9,9],"sigma":[1,1]}])", "4 x 5");
  refuse(R"([{"op":"pad","padding":[0,4,0,0],"padding_mode":"reflect"}])", "reflect padding");
  refuse(R"([{"op":"center_crop","output_size":[3,3]}])",
         "Expected a view of 4 x 5 but its operations give 3 x 3");
  refuse(R"([{"op":"pad","padding":[16000000,16000000,16000000,16000000]}])", "2^24");
  refuse(R"([{"op":"resize","size":[16777216,16777216]}])", "2^28 pixels");
  refuse(R"([{"op":"resize","size":[16777216]}])", "2^24");
  for (const float value : out) CHECK_EQUAL(value, 5.0f);
  CHECK_THROWS(Invalid, parse_ops(R"([{"op":"adjust_hue","hue_factor":0.51}])"), "[-0.5, 0.5]");
  CHECK_THROWS(Invalid, parse_ops(R"([{"op":"crop","top":0,"left":0,"height":0,"width":2}])"), "for height");
  CHECK_THROWS(Invalid, parse_ops(R"([{"op":"crop","top":3e9,"left":0,"height":1,"width":2}])"), "for top");
  CHECK_THROWS(Invalid, parse_ops(R"([{"op":"rotate"}])"), "Unknown op \"rotate\"");
  Op hue;
  hue.kind = OpKind::AdjustHue;
  hue.value = NAN;
  CHECK_THROWS(Invalid, output_size(std::vector<Op>{hue}, 4, 5), "[-0.5, 0.5]");
}

TEST(a_random_crop_of_a_smaller_image_is_refused) {
  const Chain chain = parse_chain(R"([{"transform":"random_crop","size":[20,20],"padding":2}])");
  CHECK_THROWS(Invalid, draw_view(chain, 15, 40, {}), "at least 20 x 20");
}

}  // namespace
}  // namespace sslmem
