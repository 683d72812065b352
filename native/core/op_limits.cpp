#include "op_limits.h"

#include <cmath>
#include <stdexcept>

#include "json.h"

namespace sslmem {

namespace {

[[noreturn]] void fail(const Op& op, const std::string& where, const std::string& expected) {
  throw std::invalid_argument("Expected " + expected + " for " + op_name(op.kind) + " (" + where + ")");
}

OutputSize checked_size(int64_t height, int64_t width, const Op& op, const std::string& where) {
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide || height * width > kMaxPixels) {
    fail(op, where,
         "a result of 1 to 2^24 pixels a side and at most 2^28 pixels, not " + std::to_string(height) +
             " x " + std::to_string(width) + ",");
  }
  return {static_cast<int>(height), static_cast<int>(width)};
}

void check_value(const Op& op, double low, double high, const std::string& where) {
  if (op.value >= low && op.value <= high) return;
  std::string expected = "a number in [";
  append_number(low, expected);
  expected += ", ";
  append_number(high, expected);
  expected += "], not " + std::to_string(op.value) + ",";
  fail(op, where, expected);
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
  for (const int32_t pad : op.padding) {
    if (pad < 0 || pad > kMaxSide) fail(op, where, "padding in [0, 2^24]");
  }
  const bool reflects = op.padding_mode == PaddingMode::Reflect;
  if (reflects && (std::max(op.padding[0], op.padding[2]) >= size.width ||
                   std::max(op.padding[1], op.padding[3]) >= size.height)) {
    fail(op, where, "reflect padding smaller than the image's side (" + size_text(size) + ")");
  }
  if (!std::isfinite(op.value)) fail(op, where, "a finite fill");
  return checked_size(int64_t{size.height} + op.padding[1] + op.padding[3],
                      int64_t{size.width} + op.padding[0] + op.padding[2], op, where);
}

void check_blur(const Op& op, OutputSize size, const std::string& where) {
  for (int axis = 0; axis < 2; ++axis) {
    if (op.kernel_size[axis] < 1 || op.kernel_size[axis] > kMaxKernel || op.kernel_size[axis] % 2 == 0) {
      fail(op, where, "an odd kernel_size of 1 to 65537, not " + std::to_string(op.kernel_size[axis]) + ",");
    }
    if (!(op.sigma[axis] >= kMinSigma && op.sigma[axis] <= kMaxSigma))
      fail(op, where, "a sigma in [1e-6, 1e6]");
  }
  check_blur_fits(op, size, where);
}

void check_normalize(const Op& op, const std::string& where) {
  for (int c = 0; c < 3; ++c) {
    if (!std::isfinite(op.mean[c])) fail(op, where, "finite means");
    if (!(op.std_dev[c] >= kMinStd && std::isfinite(op.std_dev[c])))
      fail(op, where, "finite std of at least 1e-12");
  }
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

Op random_crop_pad(const Op& crop) {
  Op pad = crop;
  pad.kind = OpKind::Pad;
  pad.value = 0.0;
  return pad;
}

OutputSize check_op(const Op& op, OutputSize size, const std::string& where) {
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
    case OpKind::AdjustBrightness:
    case OpKind::AdjustContrast:
    case OpKind::AdjustSaturation:
      check_value(op, 0.0, kMaxFactor, where);
      return size;
    case OpKind::AdjustHue:
      check_value(op, -0.5, 0.5, where);
      return size;
    case OpKind::Solarize:
      check_value(op, -kMaxFactor, 1.0, where);
      return size;
    case OpKind::GaussianBlur:
      check_blur(op, size, where);
      return size;
    case OpKind::Normalize:
      check_normalize(op, where);
      return size;
    case OpKind::HorizontalFlip:
    case OpKind::VerticalFlip:
    case OpKind::RgbToGrayscale:
    case OpKind::Invert:
      return size;
  }
  throw std::invalid_argument("Unknown operation (" + where + ")");
}

OutputSize output_size(const std::vector<Op>& ops, int height, int width) {
  OutputSize size{height, width};
  if (height < 1 || width < 1 || height > kMaxSide || width > kMaxSide ||
      int64_t{height} * width > kMaxPixels) {
    throw std::invalid_argument(
        "Expected an image of 1 to 2^24 pixels a side and at most 2^28 pixels but received " +
        size_text(size));
  }
  for (size_t i = 0; i < ops.size(); ++i) size = check_op(ops[i], size, "operation " + std::to_string(i));
  return size;
}

const char* op_name(OpKind kind) {
  switch (kind) {
    case OpKind::ResizedCrop:
      return "resized_crop";
    case OpKind::Resize:
      return "resize";
    case OpKind::CenterCrop:
      return "center_crop";
    case OpKind::Crop:
      return "crop";
    case OpKind::Pad:
      return "pad";
    case OpKind::HorizontalFlip:
      return "horizontal_flip";
    case OpKind::VerticalFlip:
      return "vertical_flip";
    case OpKind::AdjustBrightness:
      return "adjust_brightness";
    case OpKind::AdjustContrast:
      return "adjust_contrast";
    case OpKind::AdjustSaturation:
      return "adjust_saturation";
    case OpKind::AdjustHue:
      return "adjust_hue";
    case OpKind::RgbToGrayscale:
      return "rgb_to_grayscale";
    case OpKind::GaussianBlur:
      return "gaussian_blur";
    case OpKind::Solarize:
      return "solarize";
    case OpKind::Invert:
      return "invert";
    case OpKind::Normalize:
      return "normalize";
  }
  return "unknown";
}

}  // namespace sslmem
