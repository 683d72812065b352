#pragma once
// The mean distance over the pairs of one sample, and the same with each view left out in turn.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "alignment.h"

namespace sslmem {

/// ceil(log2 pairs): bits that a sum over so many pairs may grow by.
int pair_headroom(size_t pairs);

/// Means of one sample's pair distances that do not depend on the order of the pairs: the distances are added
/// as integers, in units of 2^-(62 - ceil(log2 pairs)) of the power of two above the largest. A mean is off
/// by at most half such a unit (2^-57 of that power for 45 pairs) and the roundings of two float64
/// operations; leaving a view out is an exact subtraction.
class PairMean {
 public:
  PairMean(ViewScheme scheme, size_t views);

  const std::vector<ViewPair>& pairs() const { return pairs_; }
  size_t left_out() const { return left_out_; }

  /// distances: one per pair, finite and >= 0. Writes left_out() numbers to leave_one_out (NaN where no pair
  /// remains) and the jackknife standard error sqrt((n-1)/n * sum (l_i - mean l)^2) to standard_error (NaN
  /// where a leave-one-out loss is). Returns the mean.
  double operator()(const double* distances, double* leave_one_out, double* standard_error);

 private:
  ViewScheme scheme_;
  std::vector<ViewPair> pairs_;
  size_t left_out_;
  int headroom_;  ///< pair_headroom
  std::vector<int64_t> without_;
};

}  // namespace sslmem
