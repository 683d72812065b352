#include "alignment.h"

#include <cmath>
#include <limits>

namespace sslmem::reference {

namespace {

constexpr long double kPi = 3.14159265358979323846264338327950288L;

long double norm(const float* x, size_t dim) {
  long double sum = 0;
  for (size_t k = 0; k < dim; ++k) sum += static_cast<long double>(x[k]) * x[k];
  return std::sqrt(sum);
}

bool leaves_out(ViewScheme scheme, const ViewPair& pair, size_t left) {
  switch (scheme) {
    case ViewScheme::Pairs:
      return pair.first == left || pair.second == left;
    case ViewScheme::Original:
      return pair.second == left + 1;
    case ViewScheme::Disjoint:
      break;
  }
  return pair.first == 2 * left;
}

}  // namespace

long double distance(const float* u, const float* v, size_t dim, Distance kind, bool normalize) {
  const long double norm_u = norm(u, dim), norm_v = norm(v, dim);
  const bool directional = kind == Distance::Cosine || kind == Distance::Angular;
  if (directional && (norm_u == 0 || norm_v == 0)) {
    if (norm_u == norm_v) return 0;
    return kind == Distance::Cosine ? 1 : 0.5L;
  }
  const bool unit = normalize || directional;
  const long double scale_u = !unit ? 1 : norm_u > 0 ? 1 / norm_u : 0;
  const long double scale_v = !unit ? 1 : norm_v > 0 ? 1 / norm_v : 0;
  long double difference = 0, sum = 0, absolute = 0, product = 0;
  for (size_t k = 0; k < dim; ++k) {
    const long double a = u[k] * scale_u, b = v[k] * scale_v;
    difference += (a - b) * (a - b);
    sum += (a + b) * (a + b);
    absolute += std::fabs(a - b);
    product += a * b;
  }
  switch (kind) {
    case Distance::L2:
      return std::sqrt(difference);
    case Distance::L1:
      return absolute;
    case Distance::Cosine:
      return 1 - product;
    case Distance::Angular:
      break;
  }
  return 2 * std::atan2(std::sqrt(difference), std::sqrt(sum)) / kPi;
}

AlignmentResult alignment(const float* representations, size_t samples, size_t views, size_t dim,
                          Distance kind, ViewScheme scheme, bool normalize) {
  const auto pairs = view_pairs(scheme, views);
  const size_t left_out = left_out_count(scheme, views);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  AlignmentResult result;
  for (size_t s = 0; s < samples; ++s) {
    const float* rows = representations + s * views * dim;
    long double total = 0;
    for (const auto& [i, j] : pairs) {
      const long double d = distance(rows + i * dim, rows + j * dim, dim, kind, normalize);
      result.pairs.push_back(static_cast<double>(d));
      total += d;
    }
    result.loss.push_back(static_cast<double>(total / static_cast<long double>(pairs.size())));

    long double mean = 0;
    std::vector<long double> left;
    for (size_t v = 0; v < left_out; ++v) {
      long double sum = 0;
      size_t count = 0;
      for (const auto& pair : pairs) {
        if (leaves_out(scheme, pair, v)) continue;
        sum += distance(rows + pair.first * dim, rows + pair.second * dim, dim, kind, normalize);
        ++count;
      }
      left.push_back(count > 0 ? sum / static_cast<long double>(count) : nan);
      result.leave_one_out.push_back(static_cast<double>(left.back()));
      mean += left.back() / static_cast<long double>(left_out);
    }
    long double squares = 0;
    for (const long double l : left) squares += (l - mean) * (l - mean);
    const auto n = static_cast<long double>(left_out);
    result.standard_error.push_back(static_cast<double>(std::sqrt((n - 1) / n * squares)));
  }
  return result;
}

double tolerance(Distance kind, bool normalize, size_t dim, double value) {
  constexpr double u = 0x1p-53;
  const auto n = static_cast<double>(dim);
  const double mean = 0x1p-49 * (kind == Distance::L1 && normalize ? 2 * std::sqrt(n) : 2.0);
  const double unit_l2 = 2 * (n / 32 + 7) * u + 2 * (n / 32 + 4) * u;
  switch (kind) {
    case Distance::L2:
      return normalize ? unit_l2 + mean : ((n / 32 + 4) * u + 0x1p-49) * value;
    case Distance::L1:
      return normalize ? std::sqrt(n) * unit_l2 + mean : ((n / 16 + 4) * u + 0x1p-49) * value;
    case Distance::Cosine:
    case Distance::Angular:
      break;
  }
  return 2 * unit_l2 + mean;
}

}  // namespace sslmem::reference
