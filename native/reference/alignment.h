#pragma once
// The alignment loss written straight from its definition, in long double. For tests only.

#include <cstddef>

#include "core/alignment.h"

namespace sslmem::reference {

/// d(u, v) of two vectors of `dim` floats.
long double distance(const float* u, const float* v, size_t dim, Distance kind, bool normalize);

/// What sslmem::alignment returns, for one distance, by loops over the definition: leaving something out
/// means computing the mean again without it.
AlignmentResult alignment(const float* representations, size_t samples, size_t views, size_t dim,
                          Distance kind, ViewScheme scheme, bool normalize);

/// Largest difference that rounding in float64 allows between the fast path and exact arithmetic, for a
/// distance (or a mean of distances) whose true value is `value`.
///
/// With u = 2^-53: a sum in 16 lanes has chains of dim/16 + 4 additions of squares, so a squared norm is off
/// by (dim/16 + 6) u relative, a norm by half of it, and a unit vector (square root, reciprocal, product) by
/// rho = (dim/32 + 7) u in its length. An l2 distance of unit vectors is then off by 2 rho, and its own sum
/// by (dim/32 + 4) u * 2. Cosine is half its square and at most 2, so twice that; the angle's slope in the
/// chord c, 1 / (pi sqrt(1 - c^2/4)), is at most 2/pi up to 120 degrees, where the other chord takes over. An
/// l1 norm is at most sqrt(dim) times the l2 norm. Without normalisation the sums alone count, relative to
/// the value. The mean adds 2^-49 of the largest distance at most (see PairMean).
double tolerance(Distance kind, bool normalize, size_t dim, double value);

}  // namespace sslmem::reference
