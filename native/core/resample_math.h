#pragma once
// One output of an antialiased resize along one axis: which inputs it sees and how much each weighs. Shared
// by resample_weights.cpp and the CUDA kernel, so that both have the same bits.

#include <cmath>

#include "hd.h"

namespace sslmem {

SSLMEM_HD float triangle(float x) {
  x = fabsf(x);
  return x < 1.0f ? 1.0f - x : 0.0f;
}

// Keys' cubic convolution, "Cubic convolution interpolation for digital image processing" (1981).
SSLMEM_HD float cubic_near(float x, float a) { return ((a + 2.0f) * x - (a + 3.0f)) * x * x + 1.0f; }
SSLMEM_HD float cubic_far(float x, float a) { return ((a * x - 5.0f * a) * x + 8.0f * a) * x - 4.0f * a; }

SSLMEM_HD float cubic(float x) {
  constexpr float kA = -0.5f;
  x = fabsf(x);
  return x < 1.0f ? cubic_near(x, kA) : x < 2.0f ? cubic_far(x, kA) : 0.0f;
}

/// An antialiased resize from `in` to `out` elements.
struct ResampleAxis {
  int in;
  bool bicubic;
  float scale, support, inverse;
};

/// Output i sees the inputs [first, first + count).
struct ResampleWindow {
  float center;
  int first, count;
};

SSLMEM_HD ResampleAxis resample_axis(int in, int out, bool bicubic) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  const float radius = bicubic ? 2.0f : 1.0f;
  return {in, bicubic, scale, scale >= 1.0f ? radius * scale : radius,
          scale >= 1.0f ? static_cast<float>(1.0 / static_cast<double>(scale)) : 1.0f};
}

SSLMEM_HD ResampleWindow resample_window(const ResampleAxis& axis, int i) {
  const float center = static_cast<float>(static_cast<double>(axis.scale) * (i + 0.5));
  int first = static_cast<int>(static_cast<double>(center - axis.support) + 0.5);
  if (first < 0) first = 0;
  int end = static_cast<int>(static_cast<double>(center + axis.support) + 0.5);
  if (end > axis.in) end = axis.in;
  const int most = static_cast<int>(ceilf(axis.support)) * 2 + 1;
  const int count = end - first;
  return {center, first, count < 0 ? 0 : count < most ? count : most};
}

/// Weight of input first + j before it is divided by the sum of all of the window.
SSLMEM_HD float resample_weight(const ResampleAxis& axis, const ResampleWindow& window, int j) {
  const double x =
      (static_cast<double>(static_cast<float>(j + window.first) - window.center) + 0.5) * axis.inverse;
  return axis.bicubic ? cubic(static_cast<float>(x)) : triangle(static_cast<float>(x));
}

}  // namespace sslmem
