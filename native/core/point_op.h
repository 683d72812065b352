#pragma once
// The pointwise colour operations in the form that a kernel runs: factors prepared, no decisions left.

#include <vector>

#include "color_math.h"
#include "op.h"

namespace sslmem {

/// One pointwise operation. Which fields count depends on its kind.
struct PointOp {
  OpKind kind;
  bool unit_range;  ///< AdjustHue: the values are known to lie in [0, 1]
  float factor;     ///< of Adjust*; AdjustHue: 6 turns + 6 (unit_range) or turns; Solarize: the threshold
  double rest;      ///< AdjustContrast, AdjustSaturation: 1 - factor
  float mean[3], scale[3];  ///< Normalize: the means and 1 / std
};

/// Whether an operation works on each pixel by itself (a contrast does, once the image's mean is known).
bool is_pointwise(OpKind kind);

/// The operation for values that lie in [0, 1] (`unit_range`) or anywhere; unit_range becomes what is known
/// after it. Throws std::invalid_argument if it is not pointwise.
PointOp point_op(const Op& op, bool& unit_range);

/// The operation on one pixel. `offset` is AdjustContrast's (1 - factor) * mean grey value.
SSLMEM_HD Rgb<float> apply_point_op(const PointOp& op, Rgb<float> in, float offset) {
  switch (op.kind) {
    case OpKind::AdjustBrightness:
    case OpKind::AdjustContrast: {
      const float add = op.kind == OpKind::AdjustContrast ? offset : 0.0f;
      return {scaled_value(in.r, op.factor, add), scaled_value(in.g, op.factor, add),
              scaled_value(in.b, op.factor, add)};
    }
    case OpKind::AdjustSaturation:
      return saturated(in, op.factor, static_cast<float>(op.rest));
    case OpKind::AdjustHue:
      return op.unit_range ? rotated_unit(in, op.factor) : rotated_any(in, op.factor);
    case OpKind::RgbToGrayscale: {
      const float gray = gray_of(in.r, in.g, in.b);
      return {gray, gray, gray};
    }
    case OpKind::Solarize:
      return {solarized(in.r, op.factor), solarized(in.g, op.factor), solarized(in.b, op.factor)};
    case OpKind::Invert:
      return {1.0f - in.r, 1.0f - in.g, 1.0f - in.b};
    case OpKind::Normalize:
      return {normalized(in.r, op.mean[0], op.scale[0]), normalized(in.g, op.mean[1], op.scale[1]),
              normalized(in.b, op.mean[2], op.scale[2])};
    default:
      return in;
  }
}

}  // namespace sslmem
