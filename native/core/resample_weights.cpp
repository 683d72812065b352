#include "resample_weights.h"

#include <algorithm>
#include <cmath>

#include "resample_math.h"

namespace sslmem {

namespace {

void antialiased(int in, int out, bool bicubic, AxisWeights& weights) {
  const ResampleAxis axis = resample_axis(in, out, bicubic);
  weights.taps = 1;
  for (int i = 0; i < out; ++i) weights.taps = std::max(weights.taps, resample_window(axis, i).count);
  const size_t taps = static_cast<size_t>(weights.taps);
  weights.weight.assign(static_cast<size_t>(out) * taps, 0.0f);
  for (int i = 0; i < out; ++i) {
    const ResampleWindow window = resample_window(axis, i);
    const int start = std::min(window.first, in - weights.taps);
    float* row = &weights.weight[static_cast<size_t>(i) * taps] + (window.first - start);
    float total = 0.0f;
    for (int j = 0; j < window.count; ++j) {
      row[j] = resample_weight(axis, window, j);
      total += row[j];
    }
    if (total != 0.0f) {
      for (int j = 0; j < window.count; ++j) row[j] /= total;
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
