#pragma once
// One augmentation step with all its numbers: what is drawn for a view, written to views.jsonl, and replayed.

#include <cstdint>

namespace sslmem {

/// Names and arguments are those of torchvision.transforms.v2.functional.
enum class OpKind : uint8_t {
  ResizedCrop,
  Resize,
  CenterCrop,
  Crop,
  Pad,
  HorizontalFlip,
  VerticalFlip,
  AdjustBrightness,
  AdjustContrast,
  AdjustSaturation,
  AdjustHue,
  RgbToGrayscale,  ///< num_output_channels = 3
  GaussianBlur,
  Solarize,
  Invert,
  Normalize,
};

enum class Interpolation : uint8_t { Bilinear, Bicubic };
enum class PaddingMode : uint8_t { Constant, Reflect, Edge };

/// An explicit operation. Only the fields of its kind are read.
struct Op {
  OpKind kind = OpKind::Invert;
  Interpolation interpolation = Interpolation::Bilinear;  ///< ResizedCrop, Resize
  bool antialias = true;                                  ///< ResizedCrop, Resize
  PaddingMode padding_mode = PaddingMode::Constant;       ///< Pad
  int32_t top = 0, left = 0, height = 0,
          width = 0;  ///< ResizedCrop, Crop: the box in pixels (may leave the image)
  int32_t out_height =
      0;  ///< ResizedCrop, Resize, CenterCrop: the size; Resize: shorter side if out_width is 0
  int32_t out_width = 0;
  int32_t padding[4] = {0, 0, 0, 0};    ///< Pad: left, top, right, bottom
  int32_t kernel_size[2] = {0, 0};      ///< GaussianBlur: along x, along y; odd
  double sigma[2] = {0.0, 0.0};         ///< GaussianBlur: along x, along y; pixels, > 0
  double value = 0.0;                   ///< the factor of Adjust*, the threshold of Solarize, the fill of Pad
  double mean[3] = {0.0, 0.0, 0.0};     ///< Normalize, on the [0, 1] scale
  double std_dev[3] = {1.0, 1.0, 1.0};  ///< Normalize
};

}  // namespace sslmem
