// Transforms and operations from JavaScript: whatever is accepted fits, is made of a small image without a
// fault on the way of the CPU, planned for the GPU, and read again as it was written.

#include "core/spec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string>

#include "core/augment.h"
#include "core/op_fields.h"
#include "core/op_limits.h"
#include "core/view_plan.h"
#include "fuzz.h"

using namespace sslmem;

namespace {

constexpr OutputSize kImage{23, 37};
constexpr int64_t kMostPixels = 1 << 14;  // of an image on the way; more only takes longer

constexpr const char* kWords[] = {"bilinear", "bicubic", "constant", "reflect", "edge", "lanczos"};
constexpr double kNumbers[] = {0, 1, 2, 3, 5, 8, 16, 24, 40, 0.5, 0.25, 0.1, 1.5, -0.5, -1, -3, 0x1p24, 1e6};

// Reads bytes for as long as there are any, then zeros.
class Bytes {
 public:
  Bytes(const uint8_t* at, size_t size) : at_(at), end_(at + size) {}

  bool empty() const { return at_ == end_; }
  size_t below(size_t count) { return empty() ? 0 : *at_++ % count; }
  double number() {
    const size_t which = below(std::size(kNumbers) + 6);
    if (which < std::size(kNumbers)) return kNumbers[which];
    double value = 0.0;  // any double at all
    const auto length = std::min<size_t>(sizeof value, static_cast<size_t>(end_ - at_));
    std::memcpy(&value, at_, length);
    at_ += length;
    return value;
  }

 private:
  const uint8_t *at_, *end_;
};

SpecValue read_value(Bytes& bytes) {
  SpecValue value;
  value.type = static_cast<SpecValue::Type>(bytes.below(5));
  if (value.type == SpecValue::Type::Number) value.numbers = {bytes.number()};
  if (value.type == SpecValue::Type::Numbers)
    for (size_t n = bytes.below(6); n > 0; --n) value.numbers.push_back(bytes.number());
  value.flag = value.type == SpecValue::Type::Flag && bytes.below(2) == 1;
  if (value.type == SpecValue::Type::Text) value.text = kWords[bytes.below(std::size(kWords))];
  return value;
}

// Fields that an operation or transform has: most values fit their limits, so that pixels are reached; some
// are missing, and some are anything.
class GuessFields {
 public:
  GuessFields(Bytes& bytes, Spec& spec) : bytes_(bytes), spec_(spec) {}

  template <class T>
  void operator()(const NumberField<T>& field) {
    if (!usual(field.name)) return;
    SpecValue value{SpecValue::Type::Numbers, {}, false, {}};
    if (field.count == 1) value.type = SpecValue::Type::Number;
    for (size_t i = 0; i < field.count; ++i) {
      double number =
          std::clamp(kNumbers[bytes_.below(std::size(kNumbers))], field.limits.low, field.limits.high);
      if (field.whole) number = std::ceil(number);
      if (field.form == NumberForm::Odd && std::fmod(number, 2.0) == 0.0) ++number;
      value.numbers.push_back(number);
    }
    if (field.form == NumberForm::Ordered || field.form == NumberForm::Spread)
      std::sort(value.numbers.begin(), value.numbers.end());
    spec_.emplace_back(field.name, std::move(value));
  }
  template <class E>
  void operator()(const WordField<E>& field) {
    if (!usual(field.name)) return;
    spec_.emplace_back(field.name,
                       SpecValue{SpecValue::Type::Text, {}, false, field.words[bytes_.below(field.count)]});
  }
  template <class B>
  void operator()(const FlagField<B>& field) {
    if (!usual(field.name)) return;
    spec_.emplace_back(field.name, SpecValue{SpecValue::Type::Flag, {}, bytes_.below(2) == 1, {}});
  }

 private:
  bool usual(const char* name) {
    const size_t choice = bytes_.below(16);
    if (choice == 1) spec_.emplace_back(name, read_value(bytes_));
    return choice > 1;
  }

  Bytes& bytes_;
  Spec& spec_;
};

template <class Kind, class Visit>
std::vector<Spec> read_specs(Bytes bytes, const char* member, size_t kinds, const char* (*name_of)(Kind),
                             const Visit& visit) {
  std::vector<Spec> specs;
  while (!bytes.empty() && specs.size() < 16) {
    const size_t kind = bytes.below(kinds + 1);
    const std::string name = kind < kinds ? name_of(static_cast<Kind>(kind)) : "nothing";
    Spec spec{{member, {SpecValue::Type::Text, {}, false, name}}};
    GuessFields guess(bytes, spec);
    if (kind < kinds) visit(static_cast<Kind>(kind), guess);
    if (bytes.below(64) == 63) spec.emplace_back("unknown", read_value(bytes));
    specs.push_back(spec);
  }
  return specs;
}

std::vector<Spec> read_transforms(Bytes bytes) {
  return read_specs(bytes, "transform", kTransformKinds, transform_name,
                    [](TransformKind kind, GuessFields& guess) {
                      const Transform transform = default_transform(kind);
                      visit_transform(transform, guess);
                    });
}

std::vector<Spec> read_operations(Bytes bytes) {
  return read_specs(bytes, "op", kOpKinds, op_name, [](OpKind kind, GuessFields& guess) {
    Op op;
    op.kind = kind;
    visit_op(op, guess);
  });
}

bool same(const Spec& a, const Spec& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.type == y.second.type && x.second.numbers == y.second.numbers &&
           x.second.flag == y.second.flag && x.second.text == y.second.text;
  });
}

bool is_small(const std::vector<Op>& ops) {
  OutputSize size = kImage;
  for (const Op& op : ops) {
    size = check_op(op, size, "the list");
    if (int64_t{size.height} * size.width > kMostPixels || int64_t{op.height} * op.width > kMostPixels)
      return false;
  }
  return true;
}

// Throws std::invalid_argument where an operation does not fit the image.
void run(const std::vector<Op>& ops, OutputSize expected) {
  std::vector<Spec> specs;
  for (const Op& op : ops) specs.push_back(write_op(op));
  const auto again = read_ops(specs, "the list");
  FUZZ_REQUIRE(again.size() == ops.size());
  for (size_t i = 0; i < ops.size(); ++i) FUZZ_REQUIRE(same(write_op(again[i]), specs[i]));

  const OutputSize size = output_size(ops, kImage.height, kImage.width);
  FUZZ_REQUIRE(size.height == expected.height && size.width == expected.width);
  if (!is_small(ops)) return;
  std::vector<uint8_t> pixels(static_cast<size_t>(kImage.height * kImage.width) * 3);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 89 + i / 7);
  const ImageView image{pixels.data(), kImage.height, kImage.width};
  Scratch scratch;
  std::vector<float> out(static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3);
  augment_image(image, &ops, 1, size, out.data(), scratch);
  ViewPlan plan(size);
  const bool planned = plan.add(image, ops);
  FUZZ_REQUIRE(plan.count() == (planned ? 1u : 0u));
  plan.blur_weights();
}

template <class Body>
void unless_refused(const Body& body) {
  try {
    body();
  } catch (const std::invalid_argument& error) {
    FUZZ_REQUIRE(std::strlen(error.what()) > 20);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  unless_refused([&] {
    const Chain chain = read_chain(read_transforms(Bytes(bytes, size)));
    FUZZ_REQUIRE(chain.size.height > 0 && chain.size.width > 0);
    for (uint32_t view = 0; view < 2; ++view) {
      unless_refused([&] {  // the image is too small, or a result too large
        run(draw_view(chain, kImage.height, kImage.width, {7, 1, 0, 3, view}), chain.size);
      });
    }
  });
  unless_refused([&] {
    const auto ops = read_ops(read_operations(Bytes(bytes, size)), "the list");
    run(ops, output_size(ops, kImage.height, kImage.width));
  });
  return 0;
}
