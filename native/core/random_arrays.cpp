#include "random_arrays.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace sslmem {

namespace {

constexpr double kTwoPi = 6.28318530717958647692;

void check_length(size_t count, uint64_t most) {
  if (count > most) {
    throw std::invalid_argument("Expected at most " + std::to_string(most) +
                                " elements for out but received " + std::to_string(count));
  }
}

}  // namespace

void random_uniform(const ViewKey& key, float* out, size_t count) {
  check_length(count, kMaxRandomArray);
  PhiloxStream stream(key);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(stream.uniform());
}

void random_normal(const ViewKey& key, float* out, size_t count) {
  check_length(count, kMaxRandomArray);
  PhiloxStream stream(key);
  for (size_t i = 0; i < count; i += 2) {
    const double radius = std::sqrt(-2.0 * std::log1p(-stream.uniform()));
    const double angle = kTwoPi * stream.uniform();
    out[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) out[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

void random_permutation(const ViewKey& key, uint32_t* out, size_t count) {
  check_length(count, UINT32_MAX);
  PhiloxStream stream(key);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint32_t>(i);
  for (size_t i = count; i > 1; --i) std::swap(out[i - 1], out[stream.below(static_cast<uint32_t>(i))]);
}

}  // namespace sslmem
