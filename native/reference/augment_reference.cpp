#include "augment_reference.h"

#include <algorithm>
#include <cmath>

namespace sslmem::reference {

namespace {

int mirror(int i, int side) {
  while (i < 0 || i >= side) i = i < 0 ? -i : 2 * (side - 1) - i;
  return i;
}

// The window of height x width at (top, left); what lies outside the image is taken by `mode`, or is `fill`.
Image window(const Image& image, int top, int left, int height, int width, PaddingMode mode, double fill) {
  Image out(height, width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int from_y = y + top, from_x = x + left;
      const bool inside = from_y >= 0 && from_y < image.height && from_x >= 0 && from_x < image.width;
      if (mode == PaddingMode::Reflect) {
        from_y = mirror(from_y, image.height);
        from_x = mirror(from_x, image.width);
      } else if (mode == PaddingMode::Edge) {
        from_y = std::clamp(from_y, 0, image.height - 1);
        from_x = std::clamp(from_x, 0, image.width - 1);
      }
      for (int c = 0; c < 3; ++c) {
        out.at(y, x, c) = inside || mode != PaddingMode::Constant ? image.at(from_y, from_x, c) : fill;
      }
    }
  }
  return out;
}

Image crop(const Image& image, const Op& op) {
  return window(image, op.top, op.left, op.height, op.width, PaddingMode::Constant, 0);
}

Image center_crop(const Image& image, int height, int width) {
  const int pad_y = std::max(height - image.height, 0), pad_x = std::max(width - image.width, 0);
  const Image padded = window(image, -(pad_y / 2), -(pad_x / 2), image.height + pad_y, image.width + pad_x,
                              PaddingMode::Constant, 0);
  const int top = static_cast<int>(std::nearbyint((padded.height - height) / 2.0));
  const int left = static_cast<int>(std::nearbyint((padded.width - width) / 2.0));
  return window(padded, top, left, height, width, PaddingMode::Constant, 0);
}

Image resize_shorter(const Image& image, const Op& op) {
  int height = op.out_height, width = op.out_width;
  if (width == 0) {
    const double longer = std::max(image.height, image.width), shorter = std::min(image.height, image.width);
    const int scaled = static_cast<int>(op.out_height * longer / shorter);
    height = image.width <= image.height ? scaled : op.out_height;
    width = image.width <= image.height ? op.out_height : scaled;
  }
  return resize(image, height, width, op.interpolation, op.antialias);
}

std::vector<double> kernel(int size, double sigma) {
  std::vector<double> weights;
  double total = 0;
  for (int i = 0; i < size; ++i) {
    const double x = (i - (size - 1) / 2.0) / std::sqrt(2.0);
    weights.push_back(std::exp(-(x / sigma) * (x / sigma)));
    total += weights.back();
  }
  for (double& weight : weights) weight /= total;
  return weights;
}

Image blur(const Image& image, const Op& op) {
  const auto along_x = kernel(op.kernel_size[0], op.sigma[0]),
             along_y = kernel(op.kernel_size[1], op.sigma[1]);
  Image out(image.height, image.width);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int i = 0; i < op.kernel_size[1]; ++i) {
        for (int j = 0; j < op.kernel_size[0]; ++j) {
          const int from_y = mirror(y + i - op.kernel_size[1] / 2, image.height);
          const int from_x = mirror(x + j - op.kernel_size[0] / 2, image.width);
          const double weight = along_y[static_cast<size_t>(i)] * along_x[static_cast<size_t>(j)];
          for (int c = 0; c < 3; ++c) out.at(y, x, c) += weight * image.at(from_y, from_x, c);
        }
      }
    }
  }
  return out;
}

Image flip(const Image& image, bool rows) {
  Image out(image.height, image.width);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        out.at(y, x, c) = rows ? image.at(image.height - 1 - y, x, c) : image.at(y, image.width - 1 - x, c);
      }
    }
  }
  return out;
}

Image apply(const Op& op, const Image& image) {
  switch (op.kind) {
    case OpKind::ResizedCrop:
      return resize(crop(image, op), op.out_height, op.out_width, op.interpolation, op.antialias);
    case OpKind::Resize:
      return resize_shorter(image, op);
    case OpKind::CenterCrop:
      return center_crop(image, op.out_height, op.out_width);
    case OpKind::Crop:
      return crop(image, op);
    case OpKind::Pad:
      return window(image, -op.padding[1], -op.padding[0], image.height + op.padding[1] + op.padding[3],
                    image.width + op.padding[0] + op.padding[2], op.padding_mode, op.value);
    case OpKind::HorizontalFlip:
      return flip(image, false);
    case OpKind::VerticalFlip:
      return flip(image, true);
    case OpKind::GaussianBlur:
      return blur(image, op);
    default: {
      Image out = image;
      color(op, out);
      return out;
    }
  }
}

}  // namespace

Image augment(const ImageView& source, const std::vector<Op>& ops) {
  Image image(source.height, source.width);
  for (size_t i = 0; i < image.values.size(); ++i) image.values[i] = source.pixels[i] / 255.0;
  for (const Op& op : ops) image = apply(op, image);
  return image;
}

}  // namespace sslmem::reference
