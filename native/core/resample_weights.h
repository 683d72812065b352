#pragma once
// The one-dimensional weights of a resize. A resize is separable: weights along y and along x are all there
// is to it.

#include <cstdint>
#include <vector>

#include "op.h"

namespace sslmem {

/// out[i] = sum over t < taps of weight[i * taps + t] * in[start[i] + t]. Weights beyond what an output needs
/// are 0, and start[i] + taps <= max(in, taps), so that with in < taps an input of `taps` elements has to be
/// there (any finite ones).
struct AxisWeights {
  int taps = 0;
  std::vector<int32_t> start;
  std::vector<float> weight;

  /// Output i becomes output size - 1 - i: a flip after the resize.
  void reverse();
};

/// The weights that torch.nn.functional.interpolate(align_corners=False) uses for float32 from `in` to `out`
/// elements. With antialias: the triangle filter or Keys' cubic with a = -0.5, stretched by max(in / out, 1),
/// cut at the border and normalised; without: linear interpolation, or the cubic with a = -0.75 and repeated
/// border. Positions are rounded to float32 where torch rounds them: at x = 400 half a unit in the last place
/// is 1.5e-5 of a pixel, which can be seen.
void resample_weights(int in, int out, Interpolation interpolation, bool antialias, AxisWeights& weights);

}  // namespace sslmem
