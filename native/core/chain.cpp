// What a chain of random transforms may be. Names, probabilities and other defaults are those of
// torchvision's classes.

#include "chain.h"

#include <iterator>
#include <stdexcept>
#include <utility>

#include "op_fields.h"
#include "op_limits.h"

namespace sslmem {

namespace {

struct Kind {
  const char* name;
  OpKind op;  // a color_jitter leads to several
  double p;
};

// In the order of TransformKind.
constexpr Kind kKinds[] = {
    {"random_resized_crop", OpKind::ResizedCrop, 1.0},
    {"resize", OpKind::Resize, 1.0},
    {"center_crop", OpKind::CenterCrop, 1.0},
    {"random_crop", OpKind::Crop, 1.0},
    {"random_horizontal_flip", OpKind::HorizontalFlip, 0.5},
    {"random_vertical_flip", OpKind::VerticalFlip, 0.5},
    {"color_jitter", OpKind::AdjustBrightness, 1.0},
    {"random_grayscale", OpKind::RgbToGrayscale, 0.1},
    {"gaussian_blur", OpKind::GaussianBlur, 1.0},
    {"random_solarize", OpKind::Solarize, 0.5},
    {"random_invert", OpKind::Invert, 0.5},
    {"normalize", OpKind::Normalize, 1.0},
};
static_assert(std::size(kKinds) == kTransformKinds, "one row for each kind");

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
      if (known && has_padding(transform.op)) padded = check_op(random_crop_pad(transform.op), size, where);
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

const char* transform_name(TransformKind kind) { return kKinds[static_cast<size_t>(kind)].name; }

Transform default_transform(TransformKind kind) {
  Transform transform;
  transform.kind = kind;
  transform.op.kind = kKinds[static_cast<size_t>(kind)].op;
  transform.p = kKinds[static_cast<size_t>(kind)].p;
  return transform;
}

Chain make_chain(std::vector<Transform> transforms) {
  OutputSize size;
  for (size_t i = 0; i < transforms.size(); ++i) {
    const std::string where = "transform " + std::to_string(i);
    const CheckFields check{{where, transform_name(transforms[i].kind)}};
    visit_transform(transforms[i], check);
    size = size_after(transforms[i], size, where);
  }
  if (size.height == 0) {
    throw std::invalid_argument(
        "Expected a chain with one output size for every image: it needs a random_resized_crop, center_crop "
        "or random_crop, or a resize to [height, width]");
  }
  return {std::move(transforms), size};
}

}  // namespace sslmem
