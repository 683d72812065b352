#pragma once
// Random images and operations for the tests of the augmentation, from fixed seeds.

#include <algorithm>
#include <vector>

#include "core/augment.h"
#include "core/philox.h"

namespace sslmem::test {

struct Pixels {
  int height = 0, width = 0;
  std::vector<uint8_t> bytes;
  ImageView view() const { return {bytes.data(), height, width}; }
};

inline int between(PhiloxStream& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<uint32_t>(high - low + 1)));
}

/// Noise over a gradient; one in four greyscale, one in eight of 0 and 255 only.
inline Pixels random_pixels(PhiloxStream& random, int height, int width) {
  Pixels out{height, width, {}};
  const bool gray = random.below(4) == 0, binary = random.below(8) == 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t pixel[3];
      for (int c = 0; c < 3; ++c) {
        const int value = (y * 11 * (c + 1) + x * 7 * (3 - c)) % 200 + between(random, 0, 55);
        pixel[c] = static_cast<uint8_t>(binary ? value / 128 * 255 : value);
      }
      for (int c = 0; c < 3; ++c) out.bytes.push_back(gray ? pixel[0] : pixel[c]);
    }
  }
  return out;
}

/// Sides are small and odd ones likely; 1 is one of them.
inline int random_side(PhiloxStream& random, int most) {
  return random.below(8) == 0 ? 1 : between(random, 1, most);
}

/// An image of up to most_height x most_width. (The order in which arguments are evaluated is the compiler's,
/// so the sides are drawn in statements of their own.)
inline Pixels random_image(PhiloxStream& random, int most_height, int most_width) {
  const int height = random_side(random, most_height);
  const int width = random_side(random, most_width);
  return random_pixels(random, height, width);
}

inline Op random_resize(PhiloxStream& random, OutputSize size) {
  Op op;
  op.kind = random.below(3) == 0 ? OpKind::Resize : OpKind::ResizedCrop;
  op.interpolation = random.below(2) == 0 ? Interpolation::Bilinear : Interpolation::Bicubic;
  op.antialias = random.below(4) != 0;
  op.height = between(random, 1, size.height);
  op.width = between(random, 1, size.width);
  op.top = between(random, 0, size.height - op.height);
  op.left = between(random, 0, size.width - op.width);
  if (random.below(8) == 0) op.top -= between(random, 0, 5);
  if (random.below(8) == 0) op.width += between(random, 0, 5);
  op.out_height = random_side(random, 40);
  op.out_width = random_side(random, 40);
  return op;
}

inline Op random_move(PhiloxStream& random, OutputSize size) {
  Op op;
  const OpKind kinds[] = {OpKind::Crop, OpKind::Pad, OpKind::CenterCrop, OpKind::HorizontalFlip,
                          OpKind::VerticalFlip};
  op.kind = kinds[random.below(5)];
  op.height = op.out_height = random_side(random, 40);
  op.width = op.out_width = random_side(random, 40);
  op.top = between(random, -3, size.height);
  op.left = between(random, -3, size.width);
  op.padding_mode = static_cast<PaddingMode>(random.below(3));
  const int most_y = op.padding_mode == PaddingMode::Reflect ? std::min(size.height - 1, 6) : 6;
  const int most_x = op.padding_mode == PaddingMode::Reflect ? std::min(size.width - 1, 6) : 6;
  op.padding[0] = between(random, 0, most_x);
  op.padding[2] = between(random, 0, most_x);
  op.padding[1] = between(random, 0, most_y);
  op.padding[3] = between(random, 0, most_y);
  if (op.padding_mode == PaddingMode::Constant) op.value = random.below(2) == 0 ? 0.0 : random.uniform();
  return op;
}

/// Not hue, whose result jumps where values lie outside [0, 1], and not solarize, which jumps at its
/// threshold.
inline Op random_smooth_color(PhiloxStream& random) {
  Op op;
  const OpKind kinds[] = {OpKind::AdjustBrightness, OpKind::AdjustContrast, OpKind::AdjustSaturation,
                          OpKind::RgbToGrayscale, OpKind::Invert};
  op.kind = kinds[random.below(5)];
  op.value = random.uniform(0.0, 2.0);
  return op;
}

inline Op random_blur(PhiloxStream& random, OutputSize size) {
  Op op;
  op.kind = OpKind::GaussianBlur;
  op.kernel_size[0] = 2 * between(random, 0, std::min(size.width - 1, 12)) + 1;
  op.kernel_size[1] = 2 * between(random, 0, std::min(size.height - 1, 12)) + 1;
  op.sigma[0] = random.uniform(0.1, 6.0);
  op.sigma[1] = random.uniform(0.1, 6.0);
  return op;
}

/// A chain of up to eight operations that fits the image.
inline std::vector<Op> random_ops(PhiloxStream& random, int height, int width) {
  std::vector<Op> ops;
  OutputSize size{height, width};
  bool unit_range = true;
  for (int left = between(random, 0, 8); left > 0; --left) {
    Op op;
    switch (random.below(6)) {
      case 0:
        op = random_resize(random, size);
        unit_range = unit_range && op.interpolation == Interpolation::Bilinear;
        break;
      case 1:
        op = random_move(random, size);
        break;
      case 2:
        op = random_blur(random, size);
        break;
      case 3:
        op.kind = unit_range ? OpKind::AdjustHue : OpKind::AdjustBrightness;
        op.value = unit_range ? random.uniform(-0.5, 0.5) : random.uniform(0.0, 2.0);
        unit_range = true;
        break;
      default:
        op = random_smooth_color(random);
        unit_range = unit_range || (op.kind != OpKind::RgbToGrayscale && op.kind != OpKind::Invert);
    }
    if (ops.empty() && random.below(6) == 0) {
      op = Op();
      op.kind = OpKind::Solarize;
      op.value = (static_cast<double>(random.below(256)) + 0.5) / 256.0;  // between two byte values
      unit_range = true;
    }
    ops.push_back(op);
    size = output_size(ops, height, width);
  }
  if (random.below(3) == 0) {
    Op op;
    op.kind = OpKind::Normalize;
    for (int c = 0; c < 3; ++c) {
      op.mean[c] = random.uniform(0.3, 0.6);
      op.std_dev[c] = random.uniform(0.5, 1.0);
    }
    ops.push_back(op);
  }
  return ops;
}

}  // namespace sslmem::test
