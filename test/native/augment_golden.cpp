// The fast path against torchvision: every case of test/golden/augment.

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"
#include "core/augment.h"
#include "core/chain.h"
#include "core/json.h"

namespace sslmem {
namespace {

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

// The text of the member `name` of `json`, which is a list on one line.
std::string list_text(const std::string& line, const std::string& name) {
  const size_t begin = line.find("\"" + name + "\": [") + name.size() + 4;
  size_t end = begin;
  int depth = 0;
  do {
    depth += line[end] == '[' ? 1 : line[end] == ']' ? -1 : 0;
    ++end;
  } while (depth > 0);
  return line.substr(begin, end - begin);
}

TEST(augment_equals_torchvision_on_the_golden_set) {
  const std::string index_text = read_file("index.json"), pixels = read_file("images.bin"),
                    floats = read_file("expected.bin");
  const JsonValue index = parse_json(index_text);
  std::map<std::string, ImageView> images;
  for (const JsonValue& image : index.find("images")->items) {
    images[image.find("name")->string] = {
        reinterpret_cast<const uint8_t*>(pixels.data()) + static_cast<size_t>(image.find("offset")->number),
        static_cast<int>(image.find("height")->number), static_cast<int>(image.find("width")->number)};
  }
  std::istringstream lines(index_text);
  Scratch scratch;
  size_t checked = 0, values = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  {\"kind\"", 0) != 0) continue;
    const JsonValue entry = parse_json(line.substr(0, line.rfind('}') + 1));
    const std::vector<Op> ops = parse_ops(list_text(line, "ops"));
    const ImageView& image = images.at(entry.find("image")->string);
    const OutputSize size = output_size(ops, image.height, image.width);
    CHECK_EQUAL(size.height, static_cast<int>(entry.find("height")->number));
    CHECK_EQUAL(size.width, static_cast<int>(entry.find("width")->number));
    const size_t count = static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3;
    std::vector<float> out(count), expected(count);
    const size_t offset = static_cast<size_t>(entry.find("offset")->number) * sizeof(float);
    CHECK(offset + count * sizeof(float) <= floats.size());
    std::copy_n(floats.data() + offset, count * sizeof(float), reinterpret_cast<char*>(expected.data()));
    augment_image(image, &ops, 1, size, out.data(), scratch);
    double tolerance = entry.find("kind")->string == "chain" ? kChainTolerance : kSingleTolerance;
    if (line.find("normalize") != std::string::npos) tolerance /= kSmallestStd;
    try {
      CHECK_NEAR(out.data(), expected.data(), count, tolerance);
    } catch (const check::Failure& failure) {
      throw check::Failure(std::string(failure.what()) + "\n  " + line);
    }
    ++checked;
    values += count;
  }
  CHECK_EQUAL(checked, index.find("cases")->items.size());
  CHECK_EQUAL(values * sizeof(float), floats.size());
  CHECK(checked > 400);
}

}  // namespace
}  // namespace sslmem
