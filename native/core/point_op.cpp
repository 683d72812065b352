#include "point_op.h"

#include <stdexcept>
#include <string>

#include "op_limits.h"

namespace sslmem {

bool is_pointwise(OpKind kind) {
  switch (kind) {
    case OpKind::AdjustBrightness:
    case OpKind::AdjustContrast:
    case OpKind::AdjustSaturation:
    case OpKind::AdjustHue:
    case OpKind::RgbToGrayscale:
    case OpKind::Solarize:
    case OpKind::Invert:
    case OpKind::Normalize:
      return true;
    default:
      return false;
  }
}

PointOp point_op(const Op& op, bool& unit_range) {
  if (!is_pointwise(op.kind)) {
    throw std::invalid_argument("Expected a pointwise operation but received " +
                                std::string(op_name(op.kind)));
  }
  PointOp out{op.kind, unit_range, static_cast<float>(op.value), 1.0 - op.value, {}, {}};
  if (op.kind == OpKind::AdjustHue && unit_range) out.factor = static_cast<float>(6.0 * op.value + 6.0);
  for (int c = 0; c < 3; ++c) {
    out.mean[c] = static_cast<float>(op.mean[c]);
    out.scale[c] = static_cast<float>(1.0 / op.std_dev[c]);
  }
  if (op.kind == OpKind::Normalize) {
    unit_range = false;
  } else if (op.kind == OpKind::AdjustBrightness || op.kind == OpKind::AdjustContrast ||
             op.kind == OpKind::AdjustSaturation) {
    unit_range = true;
  }
  return out;
}

}  // namespace sslmem
