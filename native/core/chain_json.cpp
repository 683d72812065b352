// Reading a chain of random transforms; defaults are those of torchvision's classes.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>

#include "chain.h"
#include "json_fields.h"
#include "op_limits.h"

namespace sslmem {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Range read_range(JsonFields& fields, const std::string& field, double low, double high) {
  const auto values = fields.numbers(field, 2, 2, low, high);
  if (values[0] > values[1]) fields.fail(field, "[low, high] with low <= high");
  return {values[0], values[1]};
}

// ColorJitter's rule: a number v means [center - v, center + v], cut at 0 for factors; [center, center] means
// "leave out".
bool read_jitter(JsonFields& fields, const std::string& field, double center, double low, double high,
                 Range& range) {
  if (!fields.has(field)) return false;
  const auto values = fields.numbers(field, 1, 2, std::min(low, 0.0), high);
  if (values.size() == 1) {
    if (values[0] < 0.0) fields.fail(field, "a number >= 0 or [low, high]");
    range = {std::max(center - values[0], low), center + values[0]};
  } else {
    range = {values[0], values[1]};
  }
  if (!(range.low >= low && range.low <= range.high && range.high <= high)) {
    fields.fail(field, "[low, high] with low <= high, both in the range of the factor");
  }
  return range.low != center || range.high != center;
}

void read_size(JsonFields& fields, Op& op, bool shorter_side) {
  const auto size = fields.integers("size", 1, 2, 1, kMaxSide);
  op.out_height = size[0];
  op.out_width = size.size() == 2 ? size[1] : shorter_side ? 0 : size[0];
}

void read_interpolation(JsonFields& fields, Op& op) {
  op.interpolation = fields.interpolation();
  op.antialias = fields.boolean_or("antialias", true);
}

void read_random_resized_crop(JsonFields& fields, Transform& transform) {
  transform.op.kind = OpKind::ResizedCrop;
  read_size(fields, transform.op, false);
  read_interpolation(fields, transform.op);
  constexpr double kSmallest = 1e-9, kLargest = 1e9;
  if (fields.has("scale")) transform.scale = read_range(fields, "scale", kSmallest, kLargest);
  if (fields.has("ratio")) transform.ratio = read_range(fields, "ratio", kSmallest, kLargest);
}

void read_resize(JsonFields& fields, Transform& transform) {
  transform.op.kind = OpKind::Resize;
  read_size(fields, transform.op, true);
  read_interpolation(fields, transform.op);
}

void read_center_crop(JsonFields& fields, Transform& transform) {
  transform.op.kind = OpKind::CenterCrop;
  read_size(fields, transform.op, false);
}

void read_random_crop(JsonFields& fields, Transform& transform) {
  Op& op = transform.op;
  op.kind = OpKind::Crop;
  const auto size = fields.integers("size", 1, 2, 1, kMaxSide);
  op.height = size[0];
  op.width = size.back();
  op.padding_mode = fields.padding_mode();
  if (!fields.has("padding")) return;
  const auto padding = fields.integers("padding", 1, 4, 0, kMaxSide);
  if (padding.size() == 3) fields.fail("padding", "a number or a list of 1, 2 or 4 numbers");
  for (size_t i = 0; i < 4; ++i) op.padding[i] = padding[i % padding.size()];
  transform.has_padding = std::any_of(padding.begin(), padding.end(), [](int32_t pad) { return pad > 0; });
}

void read_color_jitter(JsonFields& fields, Transform& t) {
  t.has_brightness = read_jitter(fields, "brightness", 1.0, 0.0, kMaxFactor, t.brightness);
  t.has_contrast = read_jitter(fields, "contrast", 1.0, 0.0, kMaxFactor, t.contrast);
  t.has_saturation = read_jitter(fields, "saturation", 1.0, 0.0, kMaxFactor, t.saturation);
  t.has_hue = read_jitter(fields, "hue", 0.0, -0.5, 0.5, t.hue);
}

void read_gaussian_blur(JsonFields& fields, Transform& transform) {
  transform.op.kind = OpKind::GaussianBlur;
  const auto kernel = fields.integers("kernel_size", 1, 2, 1, kMaxKernel);
  for (size_t i = 0; i < 2; ++i) {
    transform.op.kernel_size[i] = kernel[i % kernel.size()];
    if (transform.op.kernel_size[i] % 2 == 0) fields.fail("kernel_size", "odd numbers, as torchvision does,");
  }
  const auto sigma = fields.has("sigma") ? fields.numbers("sigma", 1, 2, kMinSigma, kMaxSigma)
                                         : std::vector<double>{0.1, 2.0};
  transform.sigma = {sigma.front(), sigma.back()};
  if (transform.sigma.low > transform.sigma.high) fields.fail("sigma", "[low, high] with low <= high");
}

void read_normalize(JsonFields& fields, Transform& transform) {
  transform.op.kind = OpKind::Normalize;
  const auto mean = fields.numbers("mean", 3, 3, -kInfinity, kInfinity);
  const auto std_dev = fields.numbers("std", 3, 3, kMinStd, kInfinity);
  std::copy(mean.begin(), mean.end(), transform.op.mean);
  std::copy(std_dev.begin(), std_dev.end(), transform.op.std_dev);
}

struct Reader {
  TransformKind kind;
  double p;  // default; below 0: the transform has no p, it is always applied
  std::function<void(JsonFields&, Transform&)> read;
};

Reader plain(TransformKind kind, OpKind op, double p) {
  return {kind, p, [op](JsonFields&, Transform& transform) { transform.op.kind = op; }};
}

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> table = {
      {"random_resized_crop", {TransformKind::RandomResizedCrop, -1.0, read_random_resized_crop}},
      {"resize", {TransformKind::Resize, -1.0, read_resize}},
      {"center_crop", {TransformKind::CenterCrop, -1.0, read_center_crop}},
      {"random_crop", {TransformKind::RandomCrop, -1.0, read_random_crop}},
      {"random_horizontal_flip", plain(TransformKind::RandomHorizontalFlip, OpKind::HorizontalFlip, 0.5)},
      {"random_vertical_flip", plain(TransformKind::RandomVerticalFlip, OpKind::VerticalFlip, 0.5)},
      {"color_jitter", {TransformKind::ColorJitter, 1.0, read_color_jitter}},
      {"random_grayscale", plain(TransformKind::RandomGrayscale, OpKind::RgbToGrayscale, 0.1)},
      {"gaussian_blur", {TransformKind::GaussianBlur, 1.0, read_gaussian_blur}},
      {"random_solarize",
       {TransformKind::RandomSolarize, 0.5,
        [](JsonFields& fields, Transform& transform) {
          transform.op.kind = OpKind::Solarize;
          transform.op.value = fields.number("threshold", -kMaxFactor, 1.0);
        }}},
      {"random_invert", plain(TransformKind::RandomInvert, OpKind::Invert, 0.5)},
      {"normalize", {TransformKind::Normalize, -1.0, read_normalize}},
  };
  return table;
}

std::string names() {
  std::string out;
  for (const auto& reader : readers()) out += (out.empty() ? "" : ", ") + reader.first;
  return out;
}

Transform read_transform(const JsonValue& value, const std::string& where) {
  JsonFields fields(value, "transform", where);
  const auto found = readers().find(fields.name());
  if (found == readers().end()) {
    throw std::invalid_argument("Unknown transform \"" + fields.name() + "\" in " + where + "; known are " +
                                names());
  }
  Transform transform;
  transform.kind = found->second.kind;
  if (found->second.p >= 0.0) transform.p = fields.number_or("p", 0.0, 1.0, found->second.p);
  found->second.read(fields, transform);
  fields.finish();
  return transform;
}

// Follows the size through the chain: {0, 0} while it still depends on the image.
OutputSize size_after(const Transform& transform, OutputSize size, const std::string& where) {
  const bool known = size.height > 0;
  switch (transform.kind) {
    case TransformKind::RandomResizedCrop:
    case TransformKind::CenterCrop:
      return {transform.op.out_height, transform.op.out_width};
    case TransformKind::Resize:
      if (transform.op.out_width > 0) return {transform.op.out_height, transform.op.out_width};
      return known ? check_op(transform.op, size, where) : size;
    case TransformKind::RandomCrop: {
      OutputSize padded = size;
      if (known && transform.has_padding) padded = check_op(random_crop_pad(transform.op), size, where);
      if (known && (transform.op.height > padded.height || transform.op.width > padded.width)) {
        throw std::invalid_argument("Expected a size of at most " + size_text(padded) + " for " + where +
                                    " but received " + size_text({transform.op.height, transform.op.width}));
      }
      return {transform.op.height, transform.op.width};
    }
    case TransformKind::GaussianBlur:
      if (known) check_blur_fits(transform.op, size, where);
      return size;
    default:
      return size;
  }
}

}  // namespace

Chain parse_chain(const std::string& json) {
  const JsonValue value = parse_json(json);
  if (value.type != JsonValue::Type::Array)
    throw std::invalid_argument("Expected a JSON array of transforms");
  Chain chain;
  for (size_t i = 0; i < value.items.size(); ++i) {
    const std::string where = "transform " + std::to_string(i);
    chain.transforms.push_back(read_transform(value.items[i], where));
    chain.size = size_after(chain.transforms.back(), chain.size, where);
  }
  if (chain.size.height == 0) {
    throw std::invalid_argument(
        "Expected a chain with one output size for every image: it needs a random_resized_crop, center_crop "
        "or "
        "random_crop, or a resize to [height, width]");
  }
  return chain;
}

}  // namespace sslmem
