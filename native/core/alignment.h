#pragma once
// The alignment loss L(x) of one encoder (Wang et al., "Memorization in self-supervised learning improves
// downstream generalization", ICLR 2024, equation 1): the expected distance between the representations of
// two augmentations of x.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "cancel.h"

namespace sslmem {

/// Distance d(u, v) between two representations. Cosine and Angular see directions only; L2 and L1 see the
/// vectors as they are, or their directions when AlignmentOptions::normalize is set.
///
/// All are computed from differences, in float64: d(u, u) is exactly 0, d(u, v) = d(v, u) to the bit, and two
/// directions that nearly agree keep their relative precision (1 - u.v would lose it).
/// A zero vector has no direction. Its unit vector is taken as zero: two zero vectors are at distance 0; a
/// zero and a non-zero one count as orthogonal (Cosine 1, Angular 1/2), and after normalisation L2 is 1.
enum class Distance : uint8_t {
  L2,       ///< |u - v|
  Cosine,   ///< 1 - cos(u, v), in [0, 2]
  Angular,  ///< arccos(cos(u, v)) / pi, in [0, 1]
  L1,       ///< sum |u_k - v_k|
};

/// Which pairs of the K views of a sample are compared.
enum class ViewScheme : uint8_t {
  Pairs,     ///< all i < j, in the order (0,1), (0,2), …, (K-2,K-1)
  Original,  ///< (0,1), …, (0,K-1): view 0 is the unaugmented image, as in the paper's code
  Disjoint,  ///< (0,1), (2,3), …: K/2 independent pairs; K must be even
};

struct ViewPair {
  uint32_t first, second;
};

/// The pairs of a scheme, in their order. Throws std::invalid_argument if views < 2 or > kMaxViews, or is odd
/// for Disjoint.
std::vector<ViewPair> view_pairs(ViewScheme scheme, size_t views);
constexpr size_t kMaxViews = 4096;

/// How many leave-one-out losses a sample has: K (Pairs: each view left out in turn), K - 1 (Original: each
/// augmented view) or K / 2 (Disjoint: each pair).
size_t left_out_count(ViewScheme scheme, size_t views);

struct AlignmentOptions {
  std::vector<Distance> distances{Distance::L2};  ///< all are computed in one pass over the representations
  ViewScheme scheme = ViewScheme::Pairs;
  bool normalize = true;    ///< compare u / |u|
  bool keep_pairs = false;  ///< also return every distance
  size_t threads = 0;       ///< 0: one per hardware thread
};

/// For one distance.
struct AlignmentResult {
  std::vector<double> loss;  ///< [samples] mean distance over the pairs
  std::vector<double>
      standard_error;  ///< [samples] jackknife over what is left out; NaN where that is undefined
  std::vector<double>
      leave_one_out;          ///< [samples, left_out_count] the loss of the remaining pairs; NaN if none
  std::vector<double> pairs;  ///< [samples, pairs] if keep_pairs
};

/// A representation holds NaN or an infinity: the encoder failed, not the caller.
struct NotFinite : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Alignment losses of representations [samples, views, dim] (float32, rows without gaps), one result for
/// each of options.distances. No number depends on the threads, on the other samples, or (Pairs) on the order
/// of the views, not even in its last bit; nor (Original) on the order of the augmented views, (Disjoint) of
/// the pairs and within them.
///
/// Error of a distance against exact arithmetic: at most about (dim / 16 + 8) * 2^-53 relative for L2 and L1
/// without normalisation; with unit vectors a component may be off by 2 * 2^-53 of itself, see
/// native/reference/alignment.h for the bound.
///
/// Throws NotFinite if a number is NaN or infinite (naming sample, view and component of the first);
/// std::invalid_argument for dim = 0 and as view_pairs; Cancelled when asked to stop.
std::vector<AlignmentResult> alignment(const float* representations, size_t samples, size_t views, size_t dim,
                                       const AlignmentOptions& options, const CancelFlag& cancel = {});

}  // namespace sslmem
