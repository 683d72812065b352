#include <algorithm>
#include <cmath>

#include "augment_reference.h"

namespace sslmem::reference {

namespace {

double clamp01(double x) { return std::clamp(x, 0.0, 1.0); }

double gray(const double* pixel) { return 0.2989 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]; }

double mean_gray(const Image& image) {
  double sum = 0;
  for (size_t i = 0; i < image.values.size(); i += 3) sum += gray(&image.values[i]);
  return sum / (static_cast<double>(image.values.size()) / 3);
}

void blend(double* pixel, double other, double factor) {
  for (int c = 0; c < 3; ++c) pixel[c] = clamp01(pixel[c] * factor + other * (1 - factor));
}

// Smith, "Color gamut transform pairs" (1978): rgb -> hsv -> rgb, with torchvision's clamps of p, q and t
// (not of v).
void turn_hue(double* pixel, double turns) {
  const double v = std::max({pixel[0], pixel[1], pixel[2]}), least = std::min({pixel[0], pixel[1], pixel[2]});
  const double range = v - least;
  double h = 0;
  if (range > 0) {
    if (v == pixel[0]) {
      h = (pixel[1] - pixel[2]) / range;
    } else if (v == pixel[1]) {
      h = (pixel[2] - pixel[0]) / range + 2;
    } else {
      h = (pixel[0] - pixel[1]) / range + 4;
    }
  }
  const double s = v == 0 ? 0 : range / v;
  double sixths = std::fmod(h + 6 * turns, 6.0);
  if (sixths < 0) sixths += 6;
  const int sector = static_cast<int>(std::floor(sixths)) % 6;
  const double f = sixths - std::floor(sixths);
  const double p = clamp01(v * (1 - s)), q = clamp01(v * (1 - s * f)), t = clamp01(v * (1 - s * (1 - f)));
  const double table[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
  std::copy_n(table[sector], 3, pixel);
}

}  // namespace

void color(const Op& op, Image& image) {
  const double mean = op.kind == OpKind::AdjustContrast ? mean_gray(image) : 0;
  for (size_t i = 0; i < image.values.size(); i += 3) {
    double* pixel = &image.values[i];
    switch (op.kind) {
      case OpKind::AdjustBrightness:
        blend(pixel, 0, op.value);
        break;
      case OpKind::AdjustContrast:
        blend(pixel, mean, op.value);
        break;
      case OpKind::AdjustSaturation:
        blend(pixel, gray(pixel), op.value);
        break;
      case OpKind::AdjustHue:
        turn_hue(pixel, op.value);
        break;
      case OpKind::RgbToGrayscale:
        std::fill_n(pixel, 3, gray(pixel));
        break;
      case OpKind::Solarize:
        for (int c = 0; c < 3; ++c) pixel[c] = pixel[c] >= op.value ? 1 - pixel[c] : pixel[c];
        break;
      case OpKind::Invert:
        for (int c = 0; c < 3; ++c) pixel[c] = 1 - pixel[c];
        break;
      case OpKind::Normalize:
        for (int c = 0; c < 3; ++c) pixel[c] = (pixel[c] - op.mean[c]) / op.std_dev[c];
        break;
      default:
        break;
    }
  }
}

}  // namespace sslmem::reference
