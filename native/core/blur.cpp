#include "blur.h"

#include <algorithm>
#include <cmath>

#include "simd.h"

namespace sslmem {

namespace {

// to[x] = sum over k of weights[k] * rows[k][x], the terms in the order of k. `row` gives the address of term
// k.
template <class Row>
SSLMEM_INLINE void weigh(const Row& row, const float* weights, size_t terms, size_t count,
                         float* __restrict to) {
  size_t x = 0;
  for (; x + 32 <= count; x += 32) {
    Float8 a = {}, b = {}, c = {}, d = {};
    for (size_t k = 0; k < terms; ++k) {
      const float* from = row(k) + x;
      const float weight = weights[k];
      a += load<Float8>(from) * weight;
      b += load<Float8>(from + 8) * weight;
      c += load<Float8>(from + 16) * weight;
      d += load<Float8>(from + 24) * weight;
    }
    store(to + x, a);
    store(to + x + 8, b);
    store(to + x + 16, c);
    store(to + x + 24, d);
  }
  for (; x + 8 <= count; x += 8) {
    Float8 a = {};
    for (size_t k = 0; k < terms; ++k) a += load<Float8>(row(k) + x) * weights[k];
    store(to + x, a);
  }
  for (; x < count; ++x) {
    float sum = 0.0f;
    for (size_t k = 0; k < terms; ++k) sum += row(k)[x] * weights[k];
    to[x] = sum;
  }
}

SSLMEM_MULTIVERSION
void weigh_shifted(const float* padded, const float* weights, size_t terms, size_t count, float* to) {
  weigh([padded](size_t k) SSLMEM_INLINE_LAMBDA { return padded + k; }, weights, terms, count, to);
}

SSLMEM_MULTIVERSION
void weigh_rows(const float* const* rows, const float* weights, size_t terms, size_t count, float* to) {
  weigh([rows](size_t k) SSLMEM_INLINE_LAMBDA { return rows[k]; }, weights, terms, count, to);
}

}  // namespace

void gaussian_weights(int size, double sigma, std::vector<float>& weights) {
  constexpr double kDropped = 1e-8;
  const auto raw = [&](int i) {
    const double x = (i - (size - 1) / 2.0) / std::sqrt(2.0) / sigma;
    return std::exp(-x * x);
  };
  double total = 0.0;
  for (int i = 0; i < size; ++i) total += raw(i);
  int first = 0;
  for (double left_out = 0.0; first < size / 2; ++first) {
    left_out += 2.0 * raw(first) / total;
    if (left_out >= kDropped) break;
  }
  weights.clear();
  for (int i = first; i < size - first; ++i) weights.push_back(static_cast<float>(raw(i) / total));
}

void blur_row(const float* row, int width, const BlurAxis& axis, std::vector<float>& padded, float* out) {
  const int radius = axis.radius();
  const size_t needed = static_cast<size_t>(width) + 2 * static_cast<size_t>(radius);
  if (padded.size() < needed) padded.resize(needed);
  std::copy(row, row + width, padded.begin() + radius);
  for (int i = 1; i <= radius; ++i) {
    padded[static_cast<size_t>(radius - i)] = row[reflect(-i, width)];
    padded[static_cast<size_t>(radius + width - 1 + i)] = row[reflect(width - 1 + i, width)];
  }
  weigh_shifted(padded.data(), axis.weights.data(), axis.weights.size(), static_cast<size_t>(width), out);
}

void blur_column_row(const Planes& from, size_t channel, int y, const BlurAxis& axis,
                     std::vector<const float*>& rows, float* out) {
  const int height = from.size().height, radius = axis.radius();
  rows.resize(axis.weights.size());
  for (int k = -radius; k <= radius; ++k) {
    rows[static_cast<size_t>(k + radius)] = from.row(channel, reflect(y + k, height));
  }
  weigh_rows(rows.data(), axis.weights.data(), rows.size(), static_cast<size_t>(from.size().width), out);
}

}  // namespace sslmem
