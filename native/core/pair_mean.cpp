#include "pair_mean.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "alignment_math.h"

namespace sslmem {

std::vector<ViewPair> view_pairs(ViewScheme scheme, size_t views) {
  if (views < 2 || views > kMaxViews) {
    throw std::invalid_argument("Expected views in [2, " + std::to_string(kMaxViews) + "] but received " +
                                std::to_string(views));
  }
  if (scheme == ViewScheme::Disjoint && views % 2 != 0) {
    throw std::invalid_argument("Expected an even number of views for the scheme 'disjoint' but received " +
                                std::to_string(views));
  }
  std::vector<ViewPair> pairs;
  const auto count = static_cast<uint32_t>(views);
  const uint32_t step = scheme == ViewScheme::Disjoint ? 2 : 1;
  for (uint32_t i = 0; i < (scheme == ViewScheme::Original ? 1 : count); i += step) {
    for (uint32_t j = i + 1; j < (scheme == ViewScheme::Disjoint ? i + 2 : count); ++j)
      pairs.push_back({i, j});
  }
  return pairs;
}

size_t left_out_count(ViewScheme scheme, size_t views) {
  if (scheme == ViewScheme::Original) return views - 1;
  return scheme == ViewScheme::Disjoint ? views / 2 : views;
}

int pair_headroom(size_t pairs) { return std::ilogb(static_cast<double>(pairs) - 0.5) + 1; }

PairMean::PairMean(ViewScheme scheme, size_t views)
    : scheme_(scheme),
      pairs_(view_pairs(scheme, views)),
      left_out_(left_out_count(scheme, views)),
      headroom_(pair_headroom(pairs_.size())),
      without_(left_out_) {}

double PairMean::operator()(const double* distances, double* leave_one_out, double* standard_error) {
  const size_t count = pairs_.size();
  const double largest = *std::max_element(distances, distances + count);
  const PairUnits scale = pair_units(largest, headroom_);

  int64_t total = 0;
  std::fill(without_.begin(), without_.end(), 0);
  for (size_t pair = 0; pair < count; ++pair) {
    const int64_t units = in_units(distances[pair], scale);
    total += units;
    if (scheme_ == ViewScheme::Pairs) {
      without_[pairs_[pair].first] += units;
      without_[pairs_[pair].second] += units;
    } else {
      without_[pair] += units;
    }
  }

  const size_t removed = scheme_ == ViewScheme::Pairs ? left_out_ - 1 : 1;  // pairs that one view takes away
  const double remaining = static_cast<double>(count - removed);
  // The standard error too must not depend on the order of the views.
  for (auto& units : without_) units = total - units;
  for (size_t i = 0; i < left_out_; ++i) {
    leave_one_out[i] = remaining > 0.0 ? static_cast<double>(without_[i]) * scale.from_units / remaining
                                       : std::numeric_limits<double>::quiet_NaN();
  }
  std::sort(without_.begin(), without_.end());
  *standard_error = remaining > 0.0
                        ? jackknife_error(without_.data(), left_out_, scale.from_units / remaining)
                        : std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(total) * scale.from_units / static_cast<double>(count);
}

}  // namespace sslmem
