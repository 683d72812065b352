// The JSON reader, and the two readers of what is written in JSON: chains of transforms and lists of
// operations.

#include "core/json.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "core/chain.h"
#include "fuzz.h"

using namespace sslmem;

namespace {

// Every number is finite, names are unique, and only containers contain.
void check_value(const JsonValue& value) {
  FUZZ_REQUIRE(std::isfinite(value.number));
  FUZZ_REQUIRE(value.items.empty() || value.type == JsonValue::Type::Array);
  FUZZ_REQUIRE(value.members.empty() || value.type == JsonValue::Type::Object);
  for (const JsonValue& item : value.items) check_value(item);
  for (const auto& member : value.members) {
    FUZZ_REQUIRE(value.find(member.first) == &member.second);
    check_value(member.second);
  }
}

// A chain that was accepted draws operations that fit, and their JSON reads back as the same ones.
void check_chain(const Chain& chain) {
  FUZZ_REQUIRE(chain.size.height > 0 && chain.size.width > 0);
  for (const OutputSize image : {OutputSize{1, 1}, OutputSize{23, 37}}) {
    try {
      const auto ops = draw_view(chain, image.height, image.width, {7, 1, 0, 3, 0});
      const std::string json = ops_to_json(ops);
      FUZZ_REQUIRE(ops_to_json(parse_ops(json)) == json);
      const OutputSize size = output_size(ops, image.height, image.width);
      FUZZ_REQUIRE(size.height == chain.size.height && size.width == chain.size.width);
    } catch (const std::invalid_argument&) {  // the image is too small, or a result too large
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    check_value(parse_json(text));
  } catch (const std::invalid_argument&) {
    return 0;
  }
  try {
    check_chain(parse_chain(text));
  } catch (const std::invalid_argument&) {
  }
  try {
    for (const auto& ops : parse_op_lists(text)) {
      const std::string json = ops_to_json(ops);
      FUZZ_REQUIRE(ops_to_json(parse_ops(json)) == json);
    }
  } catch (const std::invalid_argument&) {
  }
  try {
    output_size(parse_ops(text), 23, 37);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
