#include <algorithm>
#include <cmath>
#include <utility>

#include "augment_reference.h"

namespace sslmem::reference {

namespace {

using Terms = std::vector<std::pair<int, double>>;  // index in the input, weight

double keys(double x, double a) {
  x = std::abs(x);
  if (x < 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  if (x < 2) return a * (x * x * x - 5 * x * x + 8 * x - 4);
  return 0;
}

Terms antialiased(int i, int in, int out, bool bicubic) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  const double stretch = std::max(1.0, static_cast<double>(scale));
  const float center = static_cast<float>(scale * (i + 0.5));
  Terms terms;
  double total = 0;
  for (int j = 0; j < in; ++j) {
    const double x = (static_cast<double>(static_cast<float>(j) - center) + 0.5) / stretch;
    const double weight = bicubic ? keys(x, -0.5) : std::max(0.0, 1 - std::abs(x));
    if (weight == 0) continue;
    terms.emplace_back(j, weight);
    total += weight;
  }
  for (auto& term : terms) term.second /= total;
  return terms;
}

Terms interpolating(int i, int in, int out, bool bicubic) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  float position = scale * (static_cast<float>(i) + 0.5f) - 0.5f;
  if (!bicubic) position = std::max(position, 0.0f);
  const int below = static_cast<int>(std::floor(position));
  Terms terms;
  for (int j = below - 1; j <= below + 2; ++j) {
    const double x = static_cast<double>(position) - j;
    const double weight = bicubic ? keys(x, -0.75) : std::max(0.0, 1 - std::abs(x));
    terms.emplace_back(std::clamp(j, 0, in - 1), weight);
  }
  return terms;
}

std::vector<Terms> axis(int in, int out, Interpolation interpolation, bool antialias) {
  const bool bicubic = interpolation == Interpolation::Bicubic;
  std::vector<Terms> all;
  for (int i = 0; i < out; ++i) {
    all.push_back(antialias ? antialiased(i, in, out, bicubic) : interpolating(i, in, out, bicubic));
  }
  return all;
}

}  // namespace

Image resize(const Image& image, int height, int width, Interpolation interpolation, bool antialias) {
  const auto along_y = axis(image.height, height, interpolation, antialias);
  const auto along_x = axis(image.width, width, interpolation, antialias);
  Image out(height, width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const auto& [row, weight_y] : along_y[static_cast<size_t>(y)]) {
        for (const auto& [column, weight_x] : along_x[static_cast<size_t>(x)]) {
          for (int c = 0; c < 3; ++c) out.at(y, x, c) += weight_y * weight_x * image.at(row, column, c);
        }
      }
    }
  }
  return out;
}

}  // namespace sslmem::reference
