#pragma once
// The arithmetic of the alignment loss after the sums over components, shared by the CPU and the CUDA kernel.

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hd.h"

namespace sslmem {

constexpr double kPi = 3.14159265358979323846;

/// 1 / norm; a zero vector's unit vector is zero.
SSLMEM_HD double unit_scale(double norm) { return norm > 0.0 ? 1.0 / norm : 0.0; }

/// Squared chords up to this (120 degrees) give the angle; beyond, |u + v|^2 does. (Not at 90: there are the
/// pairs of unrelated vectors, and the second chord costs a pass of its own.)
constexpr double kLargestChord = 3.0;

/// Angle over pi from the squared chord |u - v|^2 of the unit circle: 2 asin(chord / 2) / pi. Towards
/// opposite directions asin loses precision: there it is 1 - this of |u + v|^2.
SSLMEM_HD double angle_of_chord(double squared) { return 2.0 / kPi * asin(0.5 * sqrt(squared)); }

/// Cosine distance from the squared chord.
SSLMEM_HD double cosine_of_chord(double squared) { return 0.5 * squared < 2.0 ? 0.5 * squared : 2.0; }

/// Distances as integers: in units of a power of two, such that `2^headroom` of them stay below 2^62. Their
/// sums do not depend on an order.
struct PairUnits {
  double to_units, from_units;
};
SSLMEM_HD PairUnits pair_units(double largest, int headroom) {
  const int exponent = largest > 0.0 ? ilogb(largest) + 1 : 0;  // largest < 2^exponent
  return {ldexp(1.0, 62 - headroom - exponent), ldexp(1.0, exponent + headroom - 62)};
}
SSLMEM_HD int64_t in_units(double distance, const PairUnits& units) {
  return static_cast<int64_t>(distance * units.to_units + 0.5);
}

/// Jackknife standard error sqrt((n-1)/n * sum (l_i - mean l)^2) of the n leave-one-out sums, ascending;
/// `unit` makes losses of them.
SSLMEM_HD double jackknife_error(const int64_t* sorted, size_t n, double unit) {
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < n; ++i) sum += static_cast<double>(sorted[i] - sorted[0]);
  const double mean = sum / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    const double difference = static_cast<double>(sorted[i] - sorted[0]) - mean;
    squares += difference * difference;
  }
  return sqrt((static_cast<double>(n) - 1.0) / static_cast<double>(n) * squares) * unit;
}

}  // namespace sslmem
