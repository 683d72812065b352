#include "resample_weights.h"

#include <algorithm>
#include <cmath>

namespace sslmem {

namespace {

float triangle(float x) {
  x = std::fabs(x);
  return x < 1.0f ? 1.0f - x : 0.0f;
}

// Keys' cubic convolution, "Cubic convolution interpolation for digital image processing" (1981).
float cubic_near(float x, float a) { return ((a + 2.0f) * x - (a + 3.0f)) * x * x + 1.0f; }
float cubic_far(float x, float a) { return ((a * x - 5.0f * a) * x + 8.0f * a) * x - 4.0f * a; }

float cubic(float x) {
  constexpr float kA = -0.5f;
  x = std::fabs(x);
  return x < 1.0f ? cubic_near(x, kA) : x < 2.0f ? cubic_far(x, kA) : 0.0f;
}

void antialiased(int in, int out, bool bicubic, AxisWeights& weights) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  const float radius = bicubic ? 2.0f : 1.0f;
  const float support = scale >= 1.0f ? radius * scale : radius;
  const float inverse = scale >= 1.0f ? static_cast<float>(1.0 / scale) : 1.0f;
  const int most = static_cast<int>(std::ceil(support)) * 2 + 1;
  const auto center_of = [&](int i) { return static_cast<float>(static_cast<double>(scale) * (i + 0.5)); };
  const auto first_of = [&](float center) {
    return std::max(static_cast<int>(static_cast<double>(center - support) + 0.5), 0);
  };
  const auto count_of = [&](float center, int first) {
    const int end = std::min(static_cast<int>(static_cast<double>(center + support) + 0.5), in);
    return std::clamp(end - first, 0, most);
  };
  weights.taps = 1;
  for (int i = 0; i < out; ++i) {
    weights.taps = std::max(weights.taps, count_of(center_of(i), first_of(center_of(i))));
  }
  const size_t taps = static_cast<size_t>(weights.taps);
  weights.weight.assign(static_cast<size_t>(out) * taps, 0.0f);
  for (int i = 0; i < out; ++i) {
    const float center = center_of(i);
    const int first = first_of(center), count = count_of(center, first);
    const int start = std::min(first, in - weights.taps);
    float* row = &weights.weight[static_cast<size_t>(i) * taps] + (first - start);
    float total = 0.0f;
    for (int j = 0; j < count; ++j) {
      const double x = (static_cast<double>(static_cast<float>(j + first) - center) + 0.5) * inverse;
      row[j] = bicubic ? cubic(static_cast<float>(x)) : triangle(static_cast<float>(x));
      total += row[j];
    }
    if (total != 0.0f) {
      for (int j = 0; j < count; ++j) row[j] /= total;
    }
    weights.start[static_cast<size_t>(i)] = start;
  }
}

void interpolating(int in, int out, bool bicubic, AxisWeights& weights) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  const int reach = bicubic ? 4 : 2;
  weights.taps = std::min(reach, in);
  const size_t taps = static_cast<size_t>(weights.taps);
  weights.weight.assign(static_cast<size_t>(out) * taps, 0.0f);
  for (int i = 0; i < out; ++i) {
    float position = scale * (static_cast<float>(i) + 0.5f) - 0.5f;
    if (!bicubic) position = std::max(position, 0.0f);
    const int below = std::min(static_cast<int>(std::floor(position)), in - 1);
    const float t = std::clamp(position - static_cast<float>(below), 0.0f, 1.0f);
    float values[4] = {1.0f - t, t, 0.0f, 0.0f};
    if (bicubic) {
      constexpr float kA = -0.75f;
      values[0] = cubic_far(t + 1.0f, kA);
      values[1] = cubic_near(t, kA);
      values[2] = cubic_near(1.0f - t, kA);
      values[3] = cubic_far(2.0f - t, kA);
    }
    const int first = bicubic ? below - 1 : below;
    const int start = std::clamp(first, 0, in - weights.taps);
    float* row = &weights.weight[static_cast<size_t>(i) * taps];
    for (int j = 0; j < reach; ++j) row[std::clamp(first + j, 0, in - 1) - start] += values[j];
    weights.start[static_cast<size_t>(i)] = start;
  }
}

}  // namespace

void AxisWeights::reverse() {
  std::reverse(start.begin(), start.end());
  const size_t width = static_cast<size_t>(taps);
  for (size_t i = 0, j = start.size() - 1; i < j; ++i, --j) {
    std::swap_ranges(&weight[i * width], &weight[i * width] + width, &weight[j * width]);
  }
}

void resample_weights(int in, int out, Interpolation interpolation, bool antialias, AxisWeights& weights) {
  weights.start.resize(static_cast<size_t>(out));
  const bool bicubic = interpolation == Interpolation::Bicubic;
  if (antialias) {
    antialiased(in, out, bicubic, weights);
  } else {
    interpolating(in, out, bicubic, weights);
  }
}

}  // namespace sslmem
