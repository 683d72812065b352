#include "resample.h"

#include <algorithm>

#include "simd.h"

namespace sslmem {

namespace {

// to[i] = sum of Taps rows, in their order; with Add, to[i] += that sum.
template <int Taps, bool Add>
SSLMEM_INLINE void blend_bytes(const uint8_t* from, size_t stride, const float* weight, float* __restrict to,
                               size_t count) {
  const uint8_t* rows[Taps];
  float w[Taps];
  for (int t = 0; t < Taps; ++t) {
    rows[t] = from + static_cast<size_t>(t) * stride;
    w[t] = weight[t];
  }
  for (size_t i = 0; i < count; ++i) {
    float sum = static_cast<float>(rows[0][i]) * w[0];
    for (int t = 1; t < Taps; ++t) sum += static_cast<float>(rows[t][i]) * w[t];
    to[i] = Add ? to[i] + sum : sum;
  }
}

template <bool Add>
SSLMEM_INLINE void blend_some(const uint8_t* from, size_t stride, const float* weight, int taps, float* to,
                              size_t count) {
  switch (taps) {
    case 1:
      return blend_bytes<1, Add>(from, stride, weight, to, count);
    case 2:
      return blend_bytes<2, Add>(from, stride, weight, to, count);
    case 3:
      return blend_bytes<3, Add>(from, stride, weight, to, count);
    case 4:
      return blend_bytes<4, Add>(from, stride, weight, to, count);
    default:
      return blend_bytes<5, Add>(from, stride, weight, to, count);
  }
}

// One row of the result along y: `count` bytes of each of `taps` rows.
SSLMEM_MULTIVERSION
void blend_rows(const uint8_t* from, size_t stride, const float* weight, int taps, float* to, size_t count) {
  blend_some<false>(from, stride, weight, std::min(taps, 5), to, count);
  for (int t = 5; t < taps; t += 5) {
    blend_some<true>(from + static_cast<size_t>(t) * stride, stride, weight + t, std::min(taps - t, 5), to,
                     count);
  }
}

// Sum of `taps` RGB pixels from `pixel` on; the fourth lane is the next pixel's red and is thrown away.
template <int Taps>
SSLMEM_INLINE Float4 weigh_pixels(const float* pixel, const float* weight, int taps) {
  Float4 sum = load<Float4>(pixel) * weight[0];
  if (Taps > 0) {
    for (int t = 1; t < Taps; ++t) sum += load<Float4>(pixel + 3 * t) * weight[t];
  } else {
    for (int t = 1; t < taps; ++t) sum += load<Float4>(pixel + 3 * t) * weight[t];
  }
  return sum;
}

// Along x: interleaved RGB to three planes. Four pixels at a time, whose 4 x 4 transpose makes the planes.
template <int Taps>
SSLMEM_INLINE void weigh_row(const float* row, const AxisWeights& along_x, PlanePointers to) {
  const int taps = along_x.taps;
  const size_t width = along_x.start.size(), stride = static_cast<size_t>(taps);
  const int32_t* start = along_x.start.data();
  const float* weight = along_x.weight.data();
  size_t x = 0;
  for (; x + 4 <= width; x += 4) {
    const Float4 a = weigh_pixels<Taps>(row + 3 * start[x], weight + x * stride, taps);
    const Float4 b = weigh_pixels<Taps>(row + 3 * start[x + 1], weight + (x + 1) * stride, taps);
    const Float4 c = weigh_pixels<Taps>(row + 3 * start[x + 2], weight + (x + 2) * stride, taps);
    const Float4 d = weigh_pixels<Taps>(row + 3 * start[x + 3], weight + (x + 3) * stride, taps);
    const Float4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
                 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Float4 ab_blue = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Float4 cd_blue = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store(to.red + x, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    store(to.green + x, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    store(to.blue + x, __builtin_shufflevector(ab_blue, cd_blue, 0, 1, 4, 5));
  }
  for (; x < width; ++x) {
    const Float4 a = weigh_pixels<Taps>(row + 3 * start[x], weight + x * stride, taps);
    to.red[x] = a[0];
    to.green[x] = a[1];
    to.blue[x] = a[2];
  }
}

SSLMEM_MULTIVERSION
void resample_row(const float* row, const AxisWeights& along_x, PlanePointers to) {
  switch (along_x.taps) {
    case 1:
      return weigh_row<1>(row, along_x, to);
    case 2:
      return weigh_row<2>(row, along_x, to);
    case 3:
      return weigh_row<3>(row, along_x, to);
    case 4:
      return weigh_row<4>(row, along_x, to);
    case 5:
      return weigh_row<5>(row, along_x, to);
    default:
      return weigh_row<0>(row, along_x, to);
  }
}

// Along x, one plane.
void weigh_plane_row(const float* row, const AxisWeights& along_x, float* to) {
  const size_t taps = static_cast<size_t>(along_x.taps);
  for (size_t x = 0; x < along_x.start.size(); ++x) {
    const float* weight = along_x.weight.data() + x * taps;
    const float* pixel = row + along_x.start[x];
    float sum = 0.0f;
    for (size_t t = 0; t < taps; ++t) sum += weight[t] * pixel[t];
    to[x] = sum;
  }
}

SSLMEM_MULTIVERSION
void add_weighted(const float* from, float weight, float* __restrict to, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] += weight * from[i];
}

}  // namespace

void ByteResampler::prepare(const uint8_t* pixels, size_t image_width, int height, int width, const Op& op,
                            bool flip_rows, bool flip_columns) {
  pixels_ = pixels;
  row_bytes_ = image_width * 3;
  width_ = width;
  resample_weights(height, op.out_height, op.interpolation, op.antialias, along_y_);
  resample_weights(width, op.out_width, op.interpolation, op.antialias, along_x_);
  for (float& weight : along_y_.weight) weight *= 1.0f / 255.0f;
  if (flip_rows) along_y_.reverse();
  if (flip_columns) along_x_.reverse();
  // Past the last pixel: one lane of the last vector.
  const size_t used = static_cast<size_t>(width) * 3;
  if (row_.size() < used + 4) row_.resize(used + 4);
  std::fill(row_.begin() + static_cast<std::ptrdiff_t>(used),
            row_.begin() + static_cast<std::ptrdiff_t>(used) + 4, 0.0f);
}

void ByteResampler::rows(int begin, int end, PlanePointers to) {
  const size_t taps = static_cast<size_t>(along_y_.taps);
  for (int y = begin; y < end; ++y) {
    // Zero weights at the ends of the window cost as much as others: leave them out.
    const float* weight = &along_y_.weight[static_cast<size_t>(y) * taps];
    int first = 0, count = along_y_.taps;
    while (count > 1 && weight[first] == 0.0f) ++first, --count;
    while (count > 1 && weight[first + count - 1] == 0.0f) --count;
    const size_t top = static_cast<size_t>(along_y_.start[static_cast<size_t>(y)] + first);
    blend_rows(pixels_ + top * row_bytes_, row_bytes_, weight + first, count, row_.data(),
               static_cast<size_t>(width_) * 3);
    resample_row(row_.data(), along_x_, to);
    const size_t width = along_x_.start.size();
    to = {to.red + width, to.green + width, to.blue + width};
  }
}

void PlaneResampler::apply(const Planes& from, const Op& op, OutputSize size, Planes& to) {
  resample_weights(from.size().height, size.height, op.interpolation, op.antialias, along_y_);
  resample_weights(from.size().width, size.width, op.interpolation, op.antialias, along_x_);
  const size_t width = static_cast<size_t>(from.size().width), taps_y = static_cast<size_t>(along_y_.taps);
  row_.resize(width);
  to.resize(size);
  for (size_t channel = 0; channel < 3; ++channel) {
    float* out = to.plane(channel);
    for (size_t y = 0; y < static_cast<size_t>(size.height); ++y, out += size.width) {
      std::fill(row_.begin(), row_.end(), 0.0f);
      for (size_t t = 0; t < taps_y; ++t) {
        const float weight = along_y_.weight[y * taps_y + t];
        const int from_y = along_y_.start[y] + static_cast<int>(t);
        if (weight != 0.0f) add_weighted(from.row(channel, from_y), weight, row_.data(), width);
      }
      weigh_plane_row(row_.data(), along_x_, out);
    }
  }
}

}  // namespace sslmem
