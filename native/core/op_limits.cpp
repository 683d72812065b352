#include "op_limits.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "op_fields.h"

namespace sslmem {

namespace {

// In the order of OpKind.
constexpr const char* kNames[] = {
    "resized_crop",
    "resize",
    "center_crop",
    "crop",
    "pad",
    "horizontal_flip",
    "vertical_flip",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_saturation",
    "adjust_hue",
    "rgb_to_grayscale",
    "gaussian_blur",
    "solarize",
    "invert",
    "normalize",
};
static_assert(std::size(kNames) == kOpKinds, "one name for each kind");

[[noreturn]] void fail(const Op& op, const std::string& where, const std::string& expected) {
  throw std::invalid_argument("Expected " + expected + " for " + op_name(op.kind) + " (" + where + ")");
}

std::string sizes_text() {
  return "1 to " + std::to_string(kMaxSide) + " pixels a side and at most " + std::to_string(kMaxPixels) +
         " pixels";
}

bool fits(int64_t height, int64_t width) {
  return height >= 1 && width >= 1 && height <= kMaxSide && width <= kMaxSide && height * width <= kMaxPixels;
}

OutputSize checked_size(int64_t height, int64_t width, const Op& op, const std::string& where) {
  if (!fits(height, width)) {
    fail(op, where,
         "a result of " + sizes_text() + ", not " + std::to_string(height) + " x " + std::to_string(width) +
             ",");
  }
  return {static_cast<int>(height), static_cast<int>(width)};
}

// torchvision's rule for one number: the shorter side gets it, the longer is cut to an integer.
OutputSize resize_size(const Op& op, OutputSize size, const std::string& where) {
  if (op.out_width != 0) return checked_size(op.out_height, op.out_width, op, where);
  const int64_t shorter = std::min(size.height, size.width), longer = std::max(size.height, size.width);
  const double scaled =
      static_cast<double>(op.out_height) * static_cast<double>(longer) / static_cast<double>(shorter);
  const int64_t new_longer = static_cast<int64_t>(std::min(scaled, 1e15));
  return size.width <= size.height ? checked_size(new_longer, op.out_height, op, where)
                                   : checked_size(op.out_height, new_longer, op, where);
}

OutputSize pad_size(const Op& op, OutputSize size, const std::string& where) {
  const bool reflects = op.padding_mode == PaddingMode::Reflect;
  if (reflects && (std::max(op.padding[0], op.padding[2]) >= size.width ||
                   std::max(op.padding[1], op.padding[3]) >= size.height)) {
    fail(op, where, "reflect padding smaller than the image's side (" + size_text(size) + ")");
  }
  return checked_size(int64_t{size.height} + op.padding[1] + op.padding[3],
                      int64_t{size.width} + op.padding[0] + op.padding[2], op, where);
}

}  // namespace

std::string size_text(OutputSize size) {
  return std::to_string(size.height) + " x " + std::to_string(size.width);
}

void check_blur_fits(const Op& op, OutputSize size, const std::string& where) {
  if (op.kernel_size[0] / 2 >= size.width || op.kernel_size[1] / 2 >= size.height) {
    fail(op, where,
         "a kernel_size of at most 2 * side - 1 in an image of " + size_text(size) + ", not " +
             std::to_string(op.kernel_size[0]) + " x " + std::to_string(op.kernel_size[1]) + ",");
  }
}

bool has_padding(const Op& crop) {
  return std::any_of(crop.padding, crop.padding + 4, [](int32_t pad) { return pad > 0; });
}

Op random_crop_pad(const Op& crop) {
  Op pad = crop;
  pad.kind = OpKind::Pad;
  pad.value = 0.0;
  return pad;
}

OutputSize check_op(const Op& op, OutputSize size, const std::string& where) {
  const CheckFields check{{where, op_name(op.kind)}};
  visit_op(op, check);
  switch (op.kind) {
    case OpKind::ResizedCrop:
      checked_size(op.height, op.width, op, where);
      return checked_size(op.out_height, op.out_width, op, where);
    case OpKind::Resize:
      return resize_size(op, size, where);
    case OpKind::CenterCrop:
      return checked_size(op.out_height, op.out_width, op, where);
    case OpKind::Crop:
      return checked_size(op.height, op.width, op, where);
    case OpKind::Pad:
      return pad_size(op, size, where);
    case OpKind::GaussianBlur:
      check_blur_fits(op, size, where);
      return size;
    default:
      return size;
  }
}

OutputSize output_size(const std::vector<Op>& ops, int height, int width) {
  OutputSize size{height, width};
  if (!fits(height, width)) {
    throw std::invalid_argument("Expected an image of " + sizes_text() + " but received " + size_text(size));
  }
  for (size_t i = 0; i < ops.size(); ++i) size = check_op(ops[i], size, "operation " + std::to_string(i));
  return size;
}

const char* op_name(OpKind kind) { return kNames[static_cast<size_t>(kind)]; }

}  // namespace sslmem
