#pragma once
// The arguments of every operation and random transform: their names, which are those of torchvision's, where
// they are kept, and the limits of their values. All that reads, writes or checks them does so through here,
// and this is the only place that says what they may be.

#include <cstdint>
#include <limits>

#include "chain.h"
#include "number_field.h"
#include "op_limits.h"

namespace sslmem {

/// One of a few words, kept as an enumeration in their order. E is const where it is only read.
template <class E>
struct WordField {
  const char* name;
  const char* const* words;
  size_t count;
  E* at;
};

template <class B>
struct FlagField {
  const char* name;
  B* at;
};

namespace limits {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Limits kSide{1, kMaxSide}, kPadding{0, kMaxSide}, kKernel{1, kMaxKernel};
constexpr Limits kPosition{std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
constexpr Limits kFactor{0, 1e6}, kHue{-0.5, 0.5}, kThreshold{-1e6, 1}, kFill{-1e6, 1e6};
constexpr Limits kSigma{1e-6, 1e6};  // pixels
constexpr Limits kMean{-kInfinity, kInfinity}, kStd{1e-12, kInfinity};
constexpr Limits kProbability{0, 1}, kArea{1e-9, 1e9}, kRatio{1e-9, 1e9};
}  // namespace limits

namespace fields {

inline constexpr const char* kInterpolations[] = {"bilinear", "bicubic"};
inline constexpr const char* kPaddingModes[] = {"constant", "reflect", "edge"};
inline constexpr int32_t kChannels = 3;

template <class T>
auto one(const char* name, T& value, Limits limits) {
  return number_field<T>(name, {&value}, 1, limits);
}
template <class T>
auto size(const char* name, T& height, T& width, NumberForm form = NumberForm::Plain) {
  return number_field<T>(name, {&height, &width}, 1, limits::kSide, form);
}
template <class R>
auto range(const char* name, R& of, size_t least, Limits limits, NumberForm form = NumberForm::Ordered) {
  return number_field(name, {&of.low, &of.high}, least, limits, form);
}
template <class AnOp>
auto kernel_size(AnOp& op) {
  return number_field("kernel_size", {&op.kernel_size[0], &op.kernel_size[1]}, 1, limits::kKernel,
                      NumberForm::Odd);
}
template <class AnOp>
auto padding(AnOp& op) {
  return number_field("padding", {&op.padding[0], &op.padding[1], &op.padding[2], &op.padding[3]}, 1,
                      limits::kPadding);
}
template <class AnOp>
auto padding_mode(AnOp& op) {
  return WordField<std::remove_reference_t<decltype((op.padding_mode))>>{"padding_mode", kPaddingModes, 3,
                                                                         &op.padding_mode};
}

template <class AnOp, class Fields>
void visit_box(AnOp& op, Fields& visit) {
  visit(one("top", op.top, limits::kPosition));
  visit(one("left", op.left, limits::kPosition));
  visit(one("height", op.height, limits::kSide));
  visit(one("width", op.width, limits::kSide));
}
template <class AnOp, class Fields>
void visit_resampling(AnOp& op, Fields& visit) {
  visit(WordField<std::remove_reference_t<decltype((op.interpolation))>>{"interpolation", kInterpolations, 2,
                                                                         &op.interpolation});
  visit(FlagField<std::remove_reference_t<decltype((op.antialias))>>{"antialias", &op.antialias});
}
template <class AnOp, class Fields>
void visit_normalization(AnOp& op, Fields& visit) {
  visit(number_field("mean", {&op.mean[0], &op.mean[1], &op.mean[2]}, 3, limits::kMean));
  visit(number_field("std", {&op.std_dev[0], &op.std_dev[1], &op.std_dev[2]}, 3, limits::kStd));
}

}  // namespace fields

/// Calls `visit` with every argument of an operation (Op or const Op): a NumberField, WordField or FlagField.
template <class AnOp, class Fields>
void visit_op(AnOp& op, Fields& visit) {
  switch (op.kind) {
    case OpKind::ResizedCrop:
      fields::visit_box(op, visit);
      visit(fields::size("size", op.out_height, op.out_width));
      fields::visit_resampling(op, visit);
      break;
    case OpKind::Resize:
      visit(fields::size("size", op.out_height, op.out_width, NumberForm::ShorterSide));
      fields::visit_resampling(op, visit);
      break;
    case OpKind::CenterCrop:
      visit(fields::size("output_size", op.out_height, op.out_width));
      break;
    case OpKind::Crop:
      fields::visit_box(op, visit);
      break;
    case OpKind::Pad:
      visit(fields::padding(op));
      visit(fields::one("fill", op.value, limits::kFill).optional());
      visit(fields::padding_mode(op));
      break;
    case OpKind::AdjustBrightness:
      visit(fields::one("brightness_factor", op.value, limits::kFactor));
      break;
    case OpKind::AdjustContrast:
      visit(fields::one("contrast_factor", op.value, limits::kFactor));
      break;
    case OpKind::AdjustSaturation:
      visit(fields::one("saturation_factor", op.value, limits::kFactor));
      break;
    case OpKind::AdjustHue:
      visit(fields::one("hue_factor", op.value, limits::kHue));
      break;
    case OpKind::RgbToGrayscale:
      visit(fields::one("num_output_channels", fields::kChannels, {3, 3}).optional());
      break;
    case OpKind::GaussianBlur:
      visit(fields::kernel_size(op));
      visit(number_field("sigma", {&op.sigma[0], &op.sigma[1]}, 1, limits::kSigma));
      break;
    case OpKind::Solarize:
      visit(fields::one("threshold", op.value, limits::kThreshold));
      break;
    case OpKind::Normalize:
      fields::visit_normalization(op, visit);
      break;
    case OpKind::HorizontalFlip:
    case OpKind::VerticalFlip:
    case OpKind::Invert:
      break;
  }
}

/// The same of a random transform (Transform or const Transform); what is optional holds its default.
template <class ATransform, class Fields>
void visit_transform(ATransform& transform, Fields& visit) {
  auto& op = transform.op;
  const auto jitter = [&](const char* name, auto& range, Limits limits) {
    visit(fields::range(name, range, 1, limits, NumberForm::Spread).optional());
  };
  switch (transform.kind) {
    case TransformKind::RandomResizedCrop:
      visit(fields::size("size", op.out_height, op.out_width));
      visit(fields::range("scale", transform.scale, 2, limits::kArea).optional());
      visit(fields::range("ratio", transform.ratio, 2, limits::kRatio).optional());
      fields::visit_resampling(op, visit);
      return;
    case TransformKind::Resize:
      visit_op(op, visit);
      return;
    case TransformKind::CenterCrop:
      visit(fields::size("size", op.out_height, op.out_width));
      return;
    case TransformKind::RandomCrop:
      visit(fields::size("size", op.height, op.width));
      visit(fields::padding(op).optional());
      visit(fields::padding_mode(op));
      return;
    case TransformKind::Normalize:
      visit_op(op, visit);
      return;
    case TransformKind::ColorJitter:
      jitter("brightness", transform.brightness, limits::kFactor);
      jitter("contrast", transform.contrast, limits::kFactor);
      jitter("saturation", transform.saturation, limits::kFactor);
      jitter("hue", transform.hue, limits::kHue);
      break;
    case TransformKind::GaussianBlur:
      visit(fields::kernel_size(op));
      visit(fields::range("sigma", transform.sigma, 1, limits::kSigma).optional());
      break;
    case TransformKind::RandomSolarize:
      visit(fields::one("threshold", op.value, limits::kThreshold));
      break;
    case TransformKind::RandomHorizontalFlip:
    case TransformKind::RandomVerticalFlip:
    case TransformKind::RandomGrayscale:
    case TransformKind::RandomInvert:
      break;
  }
  visit(fields::one("p", transform.p, limits::kProbability).optional());
}

/// Checks what is kept in an operation or transform; throws std::invalid_argument naming the field.
struct CheckFields {
  Place place;

  template <class T>
  SSLMEM_INLINE void operator()(const NumberField<T>& field) const {
    check_field(field, place);
  }
  template <class E>
  void operator()(const WordField<E>& field) const {
    if (static_cast<size_t>(*field.at) >= field.count)
      refuse_field(place, field.name, "a known word", "none");
  }
  template <class B>
  void operator()(const FlagField<B>&) const {}
};

}  // namespace sslmem
