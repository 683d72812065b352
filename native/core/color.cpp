#include "color.h"

#include <algorithm>

#include "color_math.h"
#include "simd.h"

namespace sslmem {

namespace {

// clamp(x * factor + offset) of one plane.
SSLMEM_MULTIVERSION
void scale_plane(float* plane, size_t count, float factor, float offset) {
  for (size_t i = 0; i < count; ++i) plane[i] = scaled_value(plane[i], factor, offset);
}

SSLMEM_MULTIVERSION
void saturate(float* __restrict red, float* __restrict green, float* __restrict blue, size_t count,
              float factor, float rest) {
  for (size_t i = 0; i < count; ++i) {
    const Rgb<float> out = saturated({red[i], green[i], blue[i]}, factor, rest);
    red[i] = out.r;
    green[i] = out.g;
    blue[i] = out.b;
  }
}

SSLMEM_MULTIVERSION
void to_gray(float* __restrict red, float* __restrict green, float* __restrict blue, size_t count) {
  for (size_t i = 0; i < count; ++i) red[i] = green[i] = blue[i] = gray_of(red[i], green[i], blue[i]);
}

SSLMEM_MULTIVERSION
void solarize_plane(float* plane, size_t count, float threshold) {
  for (size_t i = 0; i < count; ++i) plane[i] = solarized(plane[i], threshold);
}

SSLMEM_MULTIVERSION
void invert_plane(float* plane, size_t count) {
  for (size_t i = 0; i < count; ++i) plane[i] = 1.0f - plane[i];
}

SSLMEM_MULTIVERSION
void normalize_plane(float* plane, size_t count, float mean, float scale) {
  for (size_t i = 0; i < count; ++i) plane[i] = normalized(plane[i], mean, scale);
}

SSLMEM_MULTIVERSION
float gray_run(const float* red, const float* green, const float* blue, size_t count) {
  constexpr size_t kLanes = 16;
  Float8 low = {}, high = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    low += load<Float8>(red + i) * kRed + load<Float8>(green + i) * kGreen + load<Float8>(blue + i) * kBlue;
    high += load<Float8>(red + i + 8) * kRed + load<Float8>(green + i + 8) * kGreen +
            load<Float8>(blue + i + 8) * kBlue;
  }
  low += high;
  float sum = ((low[0] + low[4]) + (low[1] + low[5])) + ((low[2] + low[6]) + (low[3] + low[7]));
  for (; i < count; ++i) sum += gray_of(red[i], green[i], blue[i]);
  return sum;
}

SSLMEM_MULTIVERSION
void interleave_run(const float* red, const float* green, const float* blue, size_t count,
                    const float mean[3], const float scale[3], float* out) {
  const float mr = mean[0], mg = mean[1], mb = mean[2], sr = scale[0], sg = scale[1], sb = scale[2];
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const Float4 r = (load<Float4>(red + i) - mr) * sr, g = (load<Float4>(green + i) - mg) * sg;
    const Float4 b = (load<Float4>(blue + i) - mb) * sb;
    const Float4 rg_low = __builtin_shufflevector(r, g, 0, 4, 1, 5);      // r0 g0 r1 g1
    const Float4 rg_high = __builtin_shufflevector(r, g, 2, 6, 3, 7);     // r2 g2 r3 g3
    const Float4 b0r1 = __builtin_shufflevector(b, rg_low, 0, 6, 1, 7);   // b0 r1 b1 g1
    const Float4 b2r3 = __builtin_shufflevector(b, rg_high, 2, 6, 3, 7);  // b2 r3 b3 g3
    store(out + 3 * i, __builtin_shufflevector(rg_low, b0r1, 0, 1, 4, 5));
    store(out + 3 * i + 4, __builtin_shufflevector(b0r1, rg_high, 3, 2, 4, 5));
    store(out + 3 * i + 8, __builtin_shufflevector(b2r3, b2r3, 0, 1, 3, 2));
  }
  for (; i < count; ++i) {
    out[3 * i] = (red[i] - mr) * sr;
    out[3 * i + 1] = (green[i] - mg) * sg;
    out[3 * i + 2] = (blue[i] - mb) * sb;
  }
}

void scale_planes(PlanePointers image, size_t count, double factor, double offset) {
  for (float* plane : {image.red, image.green, image.blue}) {
    scale_plane(plane, count, static_cast<float>(factor), static_cast<float>(offset));
  }
}

}  // namespace

void adjust_brightness(PlanePointers image, size_t count, float factor) {
  scale_planes(image, count, factor, 0.0);
}

void adjust_contrast(PlanePointers image, size_t count, double factor, double mean) {
  scale_planes(image, count, factor, (1.0 - factor) * mean);
}

void adjust_saturation(PlanePointers image, size_t count, double factor) {
  saturate(image.red, image.green, image.blue, count, static_cast<float>(factor),
           static_cast<float>(1.0 - factor));
}

void rgb_to_grayscale(PlanePointers image, size_t count) {
  to_gray(image.red, image.green, image.blue, count);
}

void solarize(PlanePointers image, size_t count, double threshold) {
  for (float* plane : {image.red, image.green, image.blue}) {
    solarize_plane(plane, count, static_cast<float>(threshold));
  }
}

void invert(PlanePointers image, size_t count) {
  for (float* plane : {image.red, image.green, image.blue}) invert_plane(plane, count);
}

void normalize(PlanePointers image, size_t count, const double mean[3], const double std_dev[3]) {
  float* planes[3] = {image.red, image.green, image.blue};
  for (int c = 0; c < 3; ++c) {
    normalize_plane(planes[c], count, static_cast<float>(mean[c]), static_cast<float>(1.0 / std_dev[c]));
  }
}

double gray_sum(PlanePointers image, size_t count) {
  constexpr size_t kRun = 4096;
  double sum = 0.0;
  for (size_t i = 0; i < count; i += kRun) {
    sum += static_cast<double>(
        gray_run(image.red + i, image.green + i, image.blue + i, std::min(kRun, count - i)));
  }
  return sum;
}

void interleave(PlanePointers image, size_t count, const float mean[3], const float scale[3], float* out) {
  interleave_run(image.red, image.green, image.blue, count, mean, scale, out);
}

}  // namespace sslmem
