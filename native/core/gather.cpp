#include "gather.h"

#include <algorithm>
#include <cmath>

#include "blur.h"

namespace sslmem {

namespace {

// Position `i` of the result of a crop or pad along one axis, in the axis before it; -1 outside.
int64_t source(int64_t i, int64_t side, PaddingMode mode) {
  if (i >= 0 && i < side) return i;
  switch (mode) {
    case PaddingMode::Reflect:
      return reflect(static_cast<int>(i), static_cast<int>(side));
    case PaddingMode::Edge:
      return i < 0 ? 0 : side - 1;
    case PaddingMode::Constant:
      break;
  }
  return -1;
}

void extend_axis(std::vector<int32_t>& map, std::vector<int32_t>& out, int64_t begin, int count,
                 PaddingMode mode) {
  out.resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const int64_t from = source(begin + i, static_cast<int64_t>(map.size()), mode);
    out[static_cast<size_t>(i)] = from < 0 ? -1 : map[static_cast<size_t>(from)];
  }
  map.swap(out);
}

// torchvision pads what is too small (the extra pixel to the right and below), then cuts with Python's
// rounding of halves.
int center_offset(int side, int wanted) {
  const int padding = wanted > side ? (wanted - side) / 2 : 0;
  const int padded = std::max(side, wanted);
  return static_cast<int>(std::nearbyint((padded - wanted) / 2.0)) - padding;
}

}  // namespace

void GatherMap::reset(OutputSize size) {
  rows_.resize(static_cast<size_t>(size.height));
  columns_.resize(static_cast<size_t>(size.width));
  for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = static_cast<int32_t>(i);
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i] = static_cast<int32_t>(i);
  fill_ = 0.0f;
}

bool GatherMap::takes(OpKind kind) {
  return kind == OpKind::Crop || kind == OpKind::Pad || kind == OpKind::CenterCrop ||
         kind == OpKind::HorizontalFlip || kind == OpKind::VerticalFlip;
}

bool GatherMap::has_fill() const {
  const auto filled = [](int32_t i) { return i < 0; };
  return std::any_of(rows_.begin(), rows_.end(), filled) ||
         std::any_of(columns_.begin(), columns_.end(), filled);
}

void GatherMap::extend(int top, int left, int height, int width, PaddingMode mode) {
  extend_axis(rows_, spare_rows_, top, height, mode);
  extend_axis(columns_, spare_columns_, left, width, mode);
}

bool GatherMap::append(const Op& op) {
  if (op.kind == OpKind::HorizontalFlip) {
    std::reverse(columns_.begin(), columns_.end());
    return true;
  }
  if (op.kind == OpKind::VerticalFlip) {
    std::reverse(rows_.begin(), rows_.end());
    return true;
  }
  const float fill = op.kind == OpKind::Pad ? static_cast<float>(op.value) : 0.0f;
  if (fill != fill_) {
    if (has_fill()) return false;
    fill_ = fill;
  }
  if (op.kind == OpKind::Pad) {
    extend(-op.padding[1], -op.padding[0], size().height + op.padding[1] + op.padding[3],
           size().width + op.padding[0] + op.padding[2], op.padding_mode);
  } else if (op.kind == OpKind::CenterCrop) {
    extend(center_offset(size().height, op.out_height), center_offset(size().width, op.out_width),
           op.out_height, op.out_width, PaddingMode::Constant);
  } else {
    extend(op.top, op.left, op.height, op.width, PaddingMode::Constant);
  }
  return true;
}

void GatherMap::rows(const uint8_t* pixels, size_t image_width, int begin, int end, PlanePointers to) const {
  constexpr float kScale = 1.0f / 255.0f;
  float *red = to.red, *green = to.green, *blue = to.blue;
  for (int y = begin; y < end; ++y) {
    const int32_t from = rows_[static_cast<size_t>(y)];
    const uint8_t* row = from < 0 ? pixels : pixels + static_cast<size_t>(from) * image_width * 3;
    for (size_t x = 0; x < columns_.size(); ++x) {
      const bool filled = from < 0 || columns_[x] < 0;
      const uint8_t* pixel = filled ? pixels : row + static_cast<size_t>(columns_[x]) * 3;
      *red++ = filled ? fill_ : static_cast<float>(pixel[0]) * kScale;
      *green++ = filled ? fill_ : static_cast<float>(pixel[1]) * kScale;
      *blue++ = filled ? fill_ : static_cast<float>(pixel[2]) * kScale;
    }
  }
}

void GatherMap::apply(const Planes& from, Planes& to) const {
  to.resize(size());
  for (size_t channel = 0; channel < 3; ++channel) {
    float* out = to.plane(channel);
    for (const int32_t y : rows_) {
      const float* row = y < 0 ? nullptr : from.row(channel, y);
      for (const int32_t x : columns_) *out++ = row == nullptr || x < 0 ? fill_ : row[x];
    }
  }
}

}  // namespace sslmem
