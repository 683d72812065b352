#include "view_plan.h"

#include <algorithm>
#include <stdexcept>

#include "blur.h"
#include "op_limits.h"

namespace sslmem {

namespace {

using Iterator = std::vector<Op>::const_iterator;

bool is_flip(OpKind kind) { return kind == OpKind::HorizontalFlip || kind == OpKind::VerticalFlip; }

// What moves pixels: takes operations for as long as they fit one box, one resize and flips. `overshoots`
// becomes whether the resize is bicubic.
Iterator read_geometry(Iterator at, Iterator end, cuda::CropView& view, bool& fits, bool& overshoots) {
  for (; at != end && (at->kind == OpKind::Crop || at->kind == OpKind::Pad); ++at) {
    if (at->kind == OpKind::Crop) {
      view.top += at->top, view.left += at->left;
      view.height = at->height, view.width = at->width;
    } else if (at->padding_mode == PaddingMode::Constant && at->value == 0.0) {
      view.top -= at->padding[1], view.left -= at->padding[0];
      view.height += at->padding[1] + at->padding[3], view.width += at->padding[0] + at->padding[2];
    } else {
      fits = false;
    }
  }
  if (at != end && (at->kind == OpKind::ResizedCrop || at->kind == OpKind::Resize)) {
    if (at->kind == OpKind::ResizedCrop) {
      view.top += at->top, view.left += at->left;
      view.height = at->height, view.width = at->width;
    }
    fits = fits && at->antialias;
    view.interpolation = at->interpolation;
    overshoots = at->interpolation == Interpolation::Bicubic;
    ++at;
  }
  for (; at != end && is_flip(at->kind); ++at)
    (at->kind == OpKind::VerticalFlip ? view.flip_rows : view.flip_columns) ^= true;
  return at;
}

cuda::Normalization normalization_of(const Op& op) {
  cuda::Normalization out;
  for (int c = 0; c < 3; ++c) {
    out.mean[c] = static_cast<float>(op.mean[c]);
    out.scale[c] = static_cast<float>(1.0 / op.std_dev[c]);
  }
  return out;
}

bool same(const cuda::Normalization& a, const cuda::Normalization& b) {
  return std::equal(a.mean, a.mean + 3, b.mean) && std::equal(a.scale, a.scale + 3, b.scale);
}

// A crop of a crop is black outside of the inner one too: a box that leaves the box before it is not one box
// of the image.
bool boxes_nest(const std::vector<Op>& ops, OutputSize size) {
  bool cropped = false;
  for (const Op& op : ops) {
    const bool crops = op.kind == OpKind::Crop || op.kind == OpKind::ResizedCrop;
    const bool inside = op.top >= 0 && op.left >= 0 && int64_t{op.top} + op.height <= size.height &&
                        int64_t{op.left} + op.width <= size.width;
    if (cropped && ((crops && !inside) || op.kind == OpKind::Pad)) return false;
    cropped = cropped || crops;
    size = check_op(op, size, "view");
  }
  return true;
}

}  // namespace

void PointOpLists::close_view() {
  most = std::max(most, static_cast<int>(ops.size()) - begin.back());
  begin.push_back(static_cast<int32_t>(ops.size()));
}

bool ViewPlan::add(const ImageView& image, const std::vector<Op>& ops) {
  const OutputSize got = output_size(ops, image.height, image.width);
  if (got.height != size_.height || got.width != size_.width) {
    throw std::invalid_argument("Expected a view of " + size_text(size_) + " but its operations give " +
                                size_text(got));
  }
  cuda::CropView view{
      image.pixels, image.height, image.width, 0, 0, image.height, image.width, Interpolation::Bilinear,
      false,        false};
  bool fits = boxes_nest(ops, {image.height, image.width}), overshoots = false;
  Iterator at = read_geometry(ops.begin(), ops.end(), view, fits, overshoots);
  bool unit_range = !overshoots || (view.height == size_.height && view.width == size_.width);

  Iterator end = ops.end();
  const bool normalizes = at != end && (end - 1)->kind == OpKind::Normalize;
  const cuda::Normalization wanted = normalizes ? normalization_of(*--end) : cuda::Normalization{};
  if (count() > 0 && (normalizes != has_normalization_ || !same(wanted, normalization))) fits = false;

  std::vector<PointOp> before, after;
  for (; at != end && is_pointwise(at->kind); ++at) before.push_back(point_op(*at, unit_range));
  const Op* blur = at != end && at->kind == OpKind::GaussianBlur ? &*at++ : nullptr;
  for (; at != end && is_pointwise(at->kind); ++at) after.push_back(point_op(*at, unit_range));
  const size_t longest = static_cast<size_t>(cuda::kMaxPointOps);
  if (!fits || at != end || before.size() > longest || after.size() > longest) return false;

  crops.push_back(view);
  before_blur.ops.insert(before_blur.ops.end(), before.begin(), before.end());
  after_blur.ops.insert(after_blur.ops.end(), after.begin(), after.end());
  before_blur.close_view();
  after_blur.close_view();
  for (int axis = 0; axis < 2; ++axis) {
    kernels_.emplace_back();
    if (blur != nullptr) gaussian_weights(blur->kernel_size[axis], blur->sigma[axis], kernels_.back());
    blur_taps.push_back(static_cast<int32_t>(kernels_.back().size()));
    blur_stride_ = std::max(blur_stride_, blur_taps.back());
  }
  has_normalization_ = normalizes;
  normalization = wanted;
  return true;
}

std::vector<float> ViewPlan::blur_weights() const {
  const auto stride = static_cast<size_t>(blur_stride_);
  std::vector<float> out(kernels_.size() * stride);
  for (size_t i = 0; i < kernels_.size(); ++i)
    std::copy(kernels_[i].begin(), kernels_[i].end(), out.begin() + static_cast<std::ptrdiff_t>(i * stride));
  return out;
}

}  // namespace sslmem
