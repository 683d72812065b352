#include "pair_mean.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

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

PairMean::PairMean(ViewScheme scheme, size_t views)
    : scheme_(scheme),
      pairs_(view_pairs(scheme, views)),
      left_out_(left_out_count(scheme, views)),
      headroom_(std::ilogb(static_cast<double>(pairs_.size()) - 0.5) + 1),
      without_(left_out_) {}

double PairMean::operator()(const double* distances, double* leave_one_out, double* standard_error) {
  const size_t count = pairs_.size();
  const double largest = *std::max_element(distances, distances + count);
  // largest < 2^exponent, so that all integers together stay below 2^62.
  const int exponent = largest > 0.0 ? std::ilogb(largest) + 1 : 0;
  const double to_units = std::ldexp(1.0, 62 - headroom_ - exponent);
  const double from_units = std::ldexp(1.0, exponent + headroom_ - 62);

  int64_t total = 0;
  std::fill(without_.begin(), without_.end(), 0);
  for (size_t pair = 0; pair < count; ++pair) {
    const auto units = static_cast<int64_t>(distances[pair] * to_units + 0.5);
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
  double sum = 0.0;
  // The standard error too must not depend on the order of the views.
  for (auto& units : without_) units = total - units;
  for (size_t i = 0; i < left_out_; ++i) {
    leave_one_out[i] = remaining > 0.0 ? static_cast<double>(without_[i]) * from_units / remaining
                                       : std::numeric_limits<double>::quiet_NaN();
  }
  std::sort(without_.begin(), without_.end());
  const double unit = from_units / remaining;
  for (const int64_t units : without_) sum += static_cast<double>(units - without_.front());
  const double mean = sum / static_cast<double>(left_out_);
  double squares = 0.0;
  for (const int64_t units : without_) {
    const double difference = static_cast<double>(units - without_.front()) - mean;
    squares += difference * difference;
  }
  const auto n = static_cast<double>(left_out_);
  *standard_error =
      remaining > 0.0 ? std::sqrt((n - 1.0) / n * squares) * unit : std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(total) * from_units / static_cast<double>(count);
}

}  // namespace sslmem
