#pragma once
// Inner loops of the alignment: sums over the components of two vectors, in float64, in a fixed order.

#include <cstddef>

namespace sslmem {

constexpr size_t kLanes = 16;  ///< sums run in 16 lanes, added pairwise at the end
constexpr size_t kSumBlock =
    32 * kLanes;  ///< components that are handled at a time: a few views fit the L1 cache

/// Partial sums of one pair of vectors.
struct PairSums {
  double squares[kLanes];    ///< of (u_k - v_k)^2
  double absolutes[kLanes];  ///< of |u_k - v_k|
};

/// Adds `count` (a multiple of kLanes) components to the sums; each variant touches its sums only.
void add_squares(const double* u, const double* v, size_t count, PairSums& sums);
void add_absolutes(const double* u, const double* v, size_t count, PairSums& sums);
void add_both(const double* u, const double* v, size_t count, PairSums& sums);

/// Sum of the lanes, as a balanced tree.
double sum_lanes(const double* lanes);

/// Sum of squares of `count` floats. Not finite exactly if one of them is not: float squares cannot overflow
/// a double.
double square_sum(const float* values, size_t count);

/// out[k] = values[k] * scale in float64 for k < count, and 0 up to the next multiple of kLanes.
void scale_to_double(const float* values, double scale, size_t count, double* out);

}  // namespace sslmem
