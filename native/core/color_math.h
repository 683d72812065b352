#pragma once
// The colour arithmetic of one pixel, for V = float (host and device) or a short vector of floats (host):
// what color.cpp, hue.cpp and the CUDA kernels have in common. The formulas are torchvision's functional
// ones.

#include "hd.h"

namespace sslmem {

constexpr float kRed = 0.2989f, kGreen = 0.587f, kBlue = 0.114f;  // torchvision's weights: they sum to 0.9999

template <class V>
struct Rgb {
  V r, g, b;
};

template <class V>
SSLMEM_HD V splat(float x) {
  return V{} + x;
}
template <class V>
SSLMEM_HD V larger(V a, V b) {
  return a > b ? a : b;
}
template <class V>
SSLMEM_HD V smaller(V a, V b) {
  return a < b ? a : b;
}
/// x cut to [0, 1]; NaN becomes 0.
template <class V>
SSLMEM_HD V clamp01(V x) {
  return smaller(larger(x, splat<V>(0.0f)), splat<V>(1.0f));
}

SSLMEM_HD float gray_of(float r, float g, float b) { return r * kRed + g * kGreen + b * kBlue; }

/// Brightness (offset 0) and contrast (offset (1 - factor) * mean grey value).
SSLMEM_HD float scaled_value(float x, float factor, float offset) { return clamp01(x * factor + offset); }

/// Saturation; `rest` is 1 - factor.
SSLMEM_HD Rgb<float> saturated(Rgb<float> in, float factor, float rest) {
  const float gray = gray_of(in.r, in.g, in.b) * rest;
  return {scaled_value(in.r, factor, gray), scaled_value(in.g, factor, gray),
          scaled_value(in.b, factor, gray)};
}

SSLMEM_HD float solarized(float x, float threshold) { return x >= threshold ? 1.0f - x : x; }

/// `scale` is 1 / std.
SSLMEM_HD float normalized(float x, float mean, float scale) { return (x - mean) * scale; }

/// x without its fraction, |x| < 2^31. Vectors bring a specialisation of their own.
template <class V>
SSLMEM_HD V truncated(V x) {
  return static_cast<V>(static_cast<int>(x));
}
template <class V>
SSLMEM_HD V floor_of(V x) {
  const V cut = truncated(x);
  return cut > x ? cut - 1.0f : cut;
}
template <class V>
SSLMEM_HD V distance_to(V a, float b) {
  return larger(a - b, b - a);
}

/// Turns the hue of values in [0, 1]; shift is 6 * turns + 6. The colour of hue H (in sixths of a turn) is
/// least + range * w, the weights w of the channels being |H - 3| - 1, 2 - |H - 2| and 2 - |H - 4|, cut to
/// [0, 1]: continuous in H, so no sectors need be told apart.
template <class V>
SSLMEM_HD Rgb<V> rotated_unit(Rgb<V> in, float shift) {
  const V most = larger(in.r, larger(in.g, in.b)), least = smaller(in.r, smaller(in.g, in.b));
  const V range = most - least;
  const V divisor = range == 0.0f ? splat<V>(1.0f) : range;
  const auto is_red = most == in.r, is_green = most == in.g;
  const V numerator = is_red ? in.g - in.b : is_green ? in.b - in.r : in.r - in.g;
  const V sector = is_red ? splat<V>(shift) : is_green ? splat<V>(shift + 2.0f) : splat<V>(shift + 4.0f);
  const V turned = numerator / divisor + sector;
  const V hue = turned - 6.0f * truncated(turned * (1.0f / 6.0f));
  return {least + range * clamp01(distance_to(hue, 3.0f) - 1.0f),
          least + range * clamp01(2.0f - distance_to(hue, 2.0f)),
          least + range * clamp01(2.0f - distance_to(hue, 4.0f))};
}

/// The channel that has the largest value in the sectors v_first and v_second, falls in one and rises in
/// another.
template <class V>
SSLMEM_HD V in_sector(V which, float v_first, float v_second, float falling, float rising, V most, V p, V q,
                      V t) {
  const V ramp = which == falling ? q : which == rising ? t : p;
  return which == v_first ? most : which == v_second ? most : ramp;
}

/// Turns the hue of any values by `turns`: torchvision's steps in its order and precision, with selections in
/// place of its gather.
template <class V>
SSLMEM_HD Rgb<V> rotated_any(Rgb<V> in, float turns) {
  const V most = larger(in.r, larger(in.g, in.b)), least = smaller(in.r, smaller(in.g, in.b));
  const V range = most - least;
  const V saturation = range / (most == 0.0f ? splat<V>(1.0f) : most);
  const V divisor = range == 0.0f ? splat<V>(1.0f) : range;
  const V rc = (most - in.r) / divisor, gc = (most - in.g) / divisor, bc = (most - in.b) / divisor;
  const V sector = most == in.r ? bc - gc : most == in.g ? rc + 2.0f - bc : gc + 4.0f - rc;
  V hue = sector * (1.0f / 6.0f) + 1.0f;
  hue = hue >= 1.0f ? hue - 1.0f : hue;  // fmod 1 of a number in [5/6, 2)
  hue += turns;
  hue = hue < 0.0f ? hue + 1.0f : hue >= 1.0f ? hue - 1.0f : hue;  // remainder 1; may round to 1
  const V six = hue * 6.0f;
  const V floor = floor_of(six), f = six - floor;
  const V which = floor >= 6.0f ? floor - 6.0f : floor;
  const V rest = 1.0f - saturation, part = saturation * f;
  const V p = clamp01(rest * most), q = clamp01((1.0f - part) * most), t = clamp01((part + rest) * most);
  return {in_sector(which, 0.0f, 5.0f, 1.0f, 4.0f, most, p, q, t),
          in_sector(which, 1.0f, 2.0f, 3.0f, 0.0f, most, p, q, t),
          in_sector(which, 3.0f, 4.0f, 5.0f, 2.0f, most, p, q, t)};
}

}  // namespace sslmem
