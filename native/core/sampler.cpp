// Drawing one view's operations. A transform with 0 < p < 1 takes one number to decide (applied when it is
// below p); what it draws further is taken only if it is applied. Factors are low + (high - low) * u with u a
// multiple of 2^-24.

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "chain.h"
#include "op_limits.h"

namespace sslmem {

namespace {

const std::string kWhere = "a view";

bool chance(double p, PhiloxStream& stream) {
  if (p <= 0.0) return false;
  return p >= 1.0 || stream.uniform() < p;
}

double draw(const Range& range, PhiloxStream& stream) { return stream.uniform(range.low, range.high); }

// Python's round: halves go to the even neighbour, as nearbyint does in the default rounding mode.
int64_t round_half_even(double value) { return static_cast<int64_t>(std::nearbyint(value)); }

// torchvision's RandomResizedCrop (Szegedy et al. 2015): ten tries of a uniform area and a log-uniform aspect
// ratio; if none fits into the image, the central crop with the nearest allowed ratio.
void draw_resized_crop(const Transform& transform, int height, int width, PhiloxStream& stream, Op& op) {
  const double area = static_cast<double>(height) * static_cast<double>(width);
  const Range log_ratio{std::log(transform.ratio.low), std::log(transform.ratio.high)};
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target_area = area * draw(transform.scale, stream);
    const double aspect_ratio = std::exp(draw(log_ratio, stream));
    const double crop_width = std::nearbyint(std::sqrt(target_area * aspect_ratio));
    const double crop_height = std::nearbyint(std::sqrt(target_area / aspect_ratio));
    if (crop_width < 1.0 || crop_width > width || crop_height < 1.0 || crop_height > height) continue;
    op.width = static_cast<int32_t>(crop_width);
    op.height = static_cast<int32_t>(crop_height);
    op.top = static_cast<int32_t>(stream.below(static_cast<uint32_t>(height - op.height + 1)));
    op.left = static_cast<int32_t>(stream.below(static_cast<uint32_t>(width - op.width + 1)));
    return;
  }
  const double ratio = static_cast<double>(width) / static_cast<double>(height);
  op.width = width;
  op.height = height;
  if (ratio < transform.ratio.low) {
    op.height = static_cast<int32_t>(round_half_even(width / transform.ratio.low));
  } else if (ratio > transform.ratio.high) {
    op.width = static_cast<int32_t>(round_half_even(height * transform.ratio.high));
  }
  // A ratio bound beyond 2 * side rounds a side to 0, where torchvision fails; one pixel is kept.
  op.height = std::max(op.height, 1);
  op.width = std::max(op.width, 1);
  op.top = (height - op.height) / 2;
  op.left = (width - op.width) / 2;
}

// torchvision's ColorJitter: the order is a uniform permutation of the four (its randperm), the factors are
// drawn in the order brightness, contrast, saturation, hue, whatever the order of application.
void draw_color_jitter(const Transform& transform, PhiloxStream& stream, std::vector<Op>& ops) {
  int order[4] = {0, 1, 2, 3};
  for (uint32_t last = 3; last > 0; --last) std::swap(order[last], order[stream.below(last + 1)]);
  const OpKind kinds[4] = {OpKind::AdjustBrightness, OpKind::AdjustContrast, OpKind::AdjustSaturation,
                           OpKind::AdjustHue};
  const Range* ranges[4] = {&transform.brightness, &transform.contrast, &transform.saturation,
                            &transform.hue};
  bool has[4] = {};
  double factors[4] = {};
  for (int i = 0; i < 4; ++i) {
    const double unchanged = kinds[i] == OpKind::AdjustHue ? 0.0 : 1.0;
    has[i] = ranges[i]->low != unchanged || ranges[i]->high != unchanged;
    if (has[i]) factors[i] = draw(*ranges[i], stream);
  }
  for (const int which : order) {
    if (!has[which]) continue;
    Op op;
    op.kind = kinds[which];
    op.value = factors[which];
    ops.push_back(op);
  }
}

// torchvision's RandomCrop; the position is drawn only along an axis where there is a choice.
void draw_random_crop(const Transform& transform, OutputSize size, PhiloxStream& stream,
                      std::vector<Op>& ops) {
  Op op = transform.op;
  if (has_padding(op)) {
    ops.push_back(random_crop_pad(op));
    size = check_op(ops.back(), size, kWhere);
  }
  if (op.height > size.height || op.width > size.width) {
    throw std::invalid_argument("Expected an image (with its padding) of at least " +
                                size_text({op.height, op.width}) + " for random_crop but received " +
                                size_text(size));
  }
  if (op.height == size.height && op.width == size.width) return;
  if (size.height > op.height)
    op.top = static_cast<int32_t>(stream.below(static_cast<uint32_t>(size.height - op.height + 1)));
  if (size.width > op.width)
    op.left = static_cast<int32_t>(stream.below(static_cast<uint32_t>(size.width - op.width + 1)));
  ops.push_back(op);
}

}  // namespace

void draw_view(const Chain& chain, int height, int width, const ViewKey& key, std::vector<Op>& ops) {
  ops.clear();
  PhiloxStream stream(key);
  OutputSize size{height, width};
  output_size(ops, height, width);
  for (const Transform& transform : chain.transforms) {
    if (!chance(transform.p, stream)) continue;
    const size_t before = ops.size();
    switch (transform.kind) {
      case TransformKind::ColorJitter:
        draw_color_jitter(transform, stream, ops);
        continue;  // sizes stay
      case TransformKind::RandomCrop:
        draw_random_crop(transform, size, stream, ops);
        break;
      default:
        ops.push_back(transform.op);
    }
    if (transform.kind == TransformKind::RandomResizedCrop) {
      draw_resized_crop(transform, size.height, size.width, stream, ops.back());
    } else if (transform.kind == TransformKind::GaussianBlur) {
      ops.back().sigma[0] = ops.back().sigma[1] = draw(transform.sigma, stream);
    }
    for (size_t i = before; i < ops.size(); ++i) size = check_op(ops[i], size, kWhere);
  }
}

std::vector<Op> draw_view(const Chain& chain, int height, int width, const ViewKey& key) {
  std::vector<Op> ops;
  draw_view(chain, height, width, key, ops);
  return ops;
}

}  // namespace sslmem
