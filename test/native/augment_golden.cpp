// The fast path against torchvision: every case of test/golden/augment.

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "core/augment.h"
#include "core/chain.h"
#include "json.h"

namespace sslmem {
namespace {

using test::Json;

// What the design demands of single operations and of chains, for values on the [0, 1] scale. A normalize
// divides by its std (at least .224 in the set), and so the tolerance.
constexpr double kSingleTolerance = 1e-5, kChainTolerance = 2e-5, kSmallestStd = 0.224;

std::string read_file(const std::string& name) {
  const std::string path = std::string(SSLMEM_SOURCE_DIR) + "/test/golden/augment/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("Expected the golden file " + path +
                             "; make it with test/golden/augment/make.py");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(augment_equals_torchvision_on_the_golden_set) {
  const std::string index_text = read_file("index.json"), pixels = read_file("images.bin"),
                    floats = read_file("expected.bin");
  const Json index = test::parse_json(index_text);
  std::map<std::string, ImageView> images;
  for (const Json& image : index["images"].items) {
    images[image["name"].value.text] = {
        reinterpret_cast<const uint8_t*>(pixels.data()) + static_cast<size_t>(image["offset"].number()),
        image["height"].integer(), image["width"].integer()};
  }
  Scratch scratch;
  size_t checked = 0, values = 0;
  for (const Json& entry : index["cases"].items) {
    const std::vector<Op> ops = read_ops(test::specs_of(entry["ops"]), "the case");
    const ImageView& image = images.at(entry["image"].value.text);
    const OutputSize size = output_size(ops, image.height, image.width);
    CHECK_EQUAL(size.height, entry["height"].integer());
    CHECK_EQUAL(size.width, entry["width"].integer());
    const size_t count = static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3;
    std::vector<float> out(count), expected(count);
    const size_t offset = static_cast<size_t>(entry["offset"].number()) * sizeof(float);
    CHECK(offset + count * sizeof(float) <= floats.size());
    std::copy_n(floats.data() + offset, count * sizeof(float), reinterpret_cast<char*>(expected.data()));
    augment_image(image, &ops, 1, size, out.data(), scratch);
    double tolerance = entry["kind"].value.text == "chain" ? kChainTolerance : kSingleTolerance;
    for (const Op& op : ops) {
      if (op.kind == OpKind::Normalize) tolerance /= kSmallestStd;
    }
    try {
      CHECK_NEAR(out.data(), expected.data(), count, tolerance);
    } catch (const check::Failure& failure) {
      throw check::Failure(std::string(failure.what()) + "\n  " + test::text_of(ops));
    }
    ++checked;
    values += count;
  }
  CHECK_EQUAL(checked, index["cases"].items.size());
  CHECK_EQUAL(values * sizeof(float), floats.size());
  CHECK(checked > 400);
}

}  // namespace
}  // namespace sslmem
