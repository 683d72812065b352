#include "core/random_arrays.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "check.h"

using namespace sslmem;

namespace {

ViewKey key(uint64_t seed) { return {seed, 4, 3, 2, 1}; }

}  // namespace

TEST(random_uniform_is_the_stream_of_its_key) {
  float out[9];
  random_uniform(key(5), out, 9);
  PhiloxStream stream(key(5));
  for (const float x : out) CHECK_EQUAL(x, static_cast<float>(stream.uniform()));
  float shorter[4];
  random_uniform(key(5), shorter, 4);
  CHECK_NEAR(shorter, out, 4, 0.0);
}

TEST(random_normal_has_the_moments_and_tails_of_a_normal) {
  constexpr size_t kCount = 1000001;
  std::vector<float> x(kCount);
  random_normal(key(6), x.data(), kCount);
  double moments[5] = {};
  size_t beyond_two = 0;
  for (const double v : x) {
    for (int power = 1; power <= 4; ++power) moments[power] += std::pow(v, power) / kCount;
    beyond_two += std::fabs(v) > 2.0;
  }
  // Four standard errors: var(z) = 1, var(z^2) = 2, var(z^3) = 15, var(z^4) = 96, p(1-p) with p = 0.0455.
  const double unit = 4 / std::sqrt(static_cast<double>(kCount));
  CHECK_CLOSE(moments[1], 0.0, unit);
  CHECK_CLOSE(moments[2], 1.0, unit * std::sqrt(2.0));
  CHECK_CLOSE(moments[3], 0.0, unit * std::sqrt(15.0));
  CHECK_CLOSE(moments[4], 3.0, unit * std::sqrt(96.0));
  CHECK_CLOSE(static_cast<double>(beyond_two) / kCount, 0.0455003, unit * std::sqrt(0.0455 * 0.9545));
  double neighbours = 0;  // product of two independent normals: variance 1
  for (size_t i = 1; i < kCount; ++i) neighbours += double{x[i - 1]} * x[i] / kCount;
  CHECK_CLOSE(neighbours, 0.0, unit);
  CHECK_EQUAL(std::isfinite(*std::max_element(x.begin(), x.end())), true);
}

TEST(random_normal_is_box_and_muller_of_the_uniform_stream) {
  float x[3], u[4];
  random_normal(key(6), x, 3);
  random_uniform(key(6), u, 4);
  for (size_t i = 0; i < 3; ++i) {
    const double radius = std::sqrt(-2 * std::log(1 - double{u[i / 2 * 2]}));
    const double angle = 2 * std::acos(-1.0) * u[i / 2 * 2 + 1];
    // One rounding to float of a value below 6.
    CHECK_CLOSE(x[i], radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)), 6 * 0x1p-24);
  }
}

TEST(random_permutation_is_one_and_is_uniform) {
  std::vector<uint32_t> order(1000);
  random_permutation(key(7), order.data(), order.size());
  CHECK_EQUAL(std::set<uint32_t>(order.begin(), order.end()).size(), 1000u);
  CHECK_EQUAL(*std::max_element(order.begin(), order.end()), 999u);

  // All 24 orders of four: chi-squared with 23 degrees of freedom stays below 49.7 (p = 0.001).
  constexpr int kTrials = 24000;
  int counts[256] = {};
  for (int trial = 0; trial < kTrials; ++trial) {
    uint32_t four[4];
    ViewKey each = key(8);
    each.sample = static_cast<uint32_t>(trial);
    random_permutation(each, four, 4);
    ++counts[four[0] << 6 | four[1] << 4 | four[2] << 2 | four[3]];
  }
  double chi_squared = 0;
  int orders = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++orders;
    chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
  }
  CHECK_EQUAL(orders, 24);
  CHECK(chi_squared < 49.7);
}

TEST(random_arrays_of_length_zero_and_one) {
  random_uniform(key(9), nullptr, 0);
  random_normal(key(9), nullptr, 0);
  random_permutation(key(9), nullptr, 0);
  uint32_t one = 5;
  random_permutation(key(9), &one, 1);
  CHECK_EQUAL(one, 0u);
}
