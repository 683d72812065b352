// The CUDA kernel for the alignment loss, run on the host, against the CPU's code and the slow twin at odd
// sizes.

#include "core/cuda/alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.h"
#include "cuda_host.h"
#include "random.h"
#include "reference/alignment.h"

namespace sslmem {
namespace {

const std::vector<Distance> kAll{Distance::L2, Distance::Cosine, Distance::Angular, Distance::L1};

struct Results {
  size_t samples, pairs, left_out;
  std::vector<double> loss, standard_error, leave_one_out, distances;
  unsigned long long not_finite = ~0ull;
};

Results run(const std::vector<float>& x, size_t samples, size_t views, size_t dim,
            const AlignmentOptions& options) {
  const size_t count = options.distances.size();
  Results out{
      samples, view_pairs(options.scheme, views).size(), left_out_count(options.scheme, views), {}, {}, {},
      {}};
  out.loss.assign(count * samples, -7.0);
  out.standard_error.assign(count * samples, -7.0);
  out.leave_one_out.assign(count * samples * out.left_out, -7.0);
  out.distances.assign(count * samples * out.pairs, -7.0);
  cuda::alignment(x.data(), samples, views, dim, options,
                  {out.loss.data(), out.standard_error.data(), out.leave_one_out.data(), out.distances.data(),
                   &out.not_finite},
                  nullptr);
  return out;
}

AlignmentOptions options_of(ViewScheme scheme, bool normalize) {
  AlignmentOptions options;
  options.distances = kAll;
  options.scheme = scheme;
  options.normalize = normalize;
  options.keep_pairs = true;
  options.threads = 1;
  return options;
}

// A chain of additions has dim / 32 + 6 terms here, no more than the dim / 16 + 8 that reference::tolerance
// counts for the CPU; so each side is within one tolerance of the truth, and they are within two of each
// other. Angular: asin of CUDA's library may be one rounding off (2^-53 of at most 1/2).
void check_against_cpu(const std::vector<float>& x, size_t samples, size_t views, size_t dim,
                       ViewScheme scheme, bool normalize) {
  const auto options = options_of(scheme, normalize);
  const auto expected = alignment(x.data(), samples, views, dim, options);
  const auto actual = run(x, samples, views, dim, options);
  CHECK_EQUAL(actual.not_finite, ~0ull);
  for (size_t i = 0; i < kAll.size(); ++i) {
    const auto& twin = expected[i];
    const double largest = *std::max_element(twin.pairs.begin(), twin.pairs.end());
    const double tolerance = 2.0 * reference::tolerance(kAll[i], normalize, dim, largest) + 0x1p-53;
    CHECK_NEAR(&actual.distances[i * samples * actual.pairs], twin.pairs.data(), twin.pairs.size(),
               tolerance);
    CHECK_NEAR(&actual.loss[i * samples], twin.loss.data(), samples, tolerance);
    CHECK_NEAR(&actual.leave_one_out[i * samples * actual.left_out], twin.leave_one_out.data(),
               twin.leave_one_out.size(), tolerance);
    const double spread = 2.0 * tolerance * std::sqrt(static_cast<double>(actual.left_out));
    CHECK_NEAR(&actual.standard_error[i * samples], twin.standard_error.data(), samples, spread);
  }
}

constexpr ViewScheme kSchemes[] = {ViewScheme::Pairs, ViewScheme::Original, ViewScheme::Disjoint};

TEST(cuda_alignment_equals_the_cpu_at_odd_sizes) {
  TestRandom random(61);
  for (const size_t dim : {1, 31, 32, 33, 515}) {
    for (const size_t views : {2, 3, 10}) {
      for (const auto scheme : kSchemes) {
        if (scheme == ViewScheme::Disjoint && views % 2 != 0) continue;
        const auto x = random.normals(2 * views * dim);
        cuda_host::seed() = dim * views;
        for (const bool normalize : {true, false}) check_against_cpu(x, 2, views, dim, scheme, normalize);
      }
    }
  }
}

TEST(cuda_alignment_equals_the_cpu_for_many_views) {
  TestRandom random(66);
  for (const size_t views : {22, 128}) {
    const auto x = random.normals(views * 5);
    check_against_cpu(x, 1, views, 5, views == 22 ? ViewScheme::Pairs : ViewScheme::Original, true);
  }
}

TEST(cuda_alignment_equals_the_cpu_for_equal_opposite_and_zero_views) {
  TestRandom random(62);
  for (const double step : {0.0, 1e-6, 1e-1}) {
    auto x = random.normals(3 * 5 * 77);
    for (size_t row = 0; row < 15; ++row) {
      for (size_t k = 0; k < 77 && row % 5 != 0; ++k) {
        const double sign = row % 2 == 0 ? 1.0 : -1.0;
        x[row * 77 + k] = static_cast<float>(sign * x[(row - row % 5) * 77 + k] + step * random.normal());
        if (row == 8) x[row * 77 + k] = 0.0f;
      }
    }
    for (const bool normalize : {true, false}) check_against_cpu(x, 3, 5, 77, ViewScheme::Pairs, normalize);
  }
}

TEST(cuda_alignment_of_identical_views_is_exactly_zero) {
  TestRandom random(63);
  const auto row = random.normals(45);
  std::vector<float> x;
  for (int v = 0; v < 6; ++v) x.insert(x.end(), row.begin(), row.end());
  for (const bool normalize : {true, false}) {
    const auto result = run(x, 1, 6, 45, options_of(ViewScheme::Pairs, normalize));
    for (const auto* list : {&result.loss, &result.standard_error, &result.leave_one_out, &result.distances})
      for (const double value : *list) CHECK_EQUAL(value, 0.0);
  }
}

TEST(cuda_alignment_does_not_depend_on_the_order_of_views_or_threads) {
  TestRandom random(64);
  constexpr size_t kViews = 7, kDim = 37;
  const auto x = random.normals(kViews * kDim);
  std::vector<float> reversed;
  for (size_t v = kViews; v-- > 0;) reversed.insert(reversed.end(), &x[v * kDim], &x[v * kDim] + kDim);
  const auto options = options_of(ViewScheme::Pairs, true);
  cuda_host::seed() = 5;
  const auto first = run(x, 1, kViews, kDim, options);
  cuda_host::seed() = 6;
  const auto second = run(reversed, 1, kViews, kDim, options);
  CHECK(first.loss == second.loss);
  CHECK(first.standard_error == second.standard_error);
  for (size_t i = 0; i < kAll.size(); ++i)
    for (size_t v = 0; v < kViews; ++v)
      CHECK_EQUAL(second.leave_one_out[i * kViews + v], first.leave_one_out[(i + 1) * kViews - 1 - v]);
}

TEST(cuda_alignment_says_where_a_number_is_not_finite) {
  TestRandom random(65);
  auto x = random.normals(3 * 4 * 40);
  x[4 * 40 + 3 * 40 + 7] = std::numeric_limits<float>::infinity();
  x[4 * 40 + 2 * 40 + 39] = std::numeric_limits<float>::quiet_NaN();
  const auto result = run(x, 3, 4, 40, options_of(ViewScheme::Pairs, true));
  CHECK_EQUAL(result.not_finite, 4ull * 40 + 2 * 40 + 39);
  for (size_t i = 0; i < kAll.size(); ++i) {
    CHECK(std::isfinite(result.loss[3 * i]) && std::isfinite(result.loss[3 * i + 2]));
    CHECK(std::isnan(result.loss[3 * i + 1]) && std::isnan(result.standard_error[3 * i + 1]));
    CHECK(std::isnan(result.leave_one_out[(3 * i + 1) * 4 + 3]));
    CHECK(std::isnan(result.distances[(3 * i + 1) * 6 + 5]));
  }
}

TEST(cuda_alignment_refuses_bad_arguments) {
  const std::vector<float> x(300, 1.0f);
  const auto options = options_of(ViewScheme::Disjoint, true);
  CHECK_THROWS(std::invalid_argument, run(x, 1, 3, 5, options), "even number of views");
  CHECK_THROWS(std::invalid_argument, run(x, 1, 2, 0, options), "dim of at least 1");
  CHECK_THROWS(std::invalid_argument, run(x, 1, 130, 1, options), "at most 128 views");
  auto many = options;
  many.distances.assign(5, Distance::L2);
  CHECK_THROWS(std::invalid_argument, run(x, 1, 2, 5, many), "at most 4 distances");
}

}  // namespace
}  // namespace sslmem
