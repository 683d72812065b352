// Alignment against its reference, and the invariants of the score (design, section 2).
#include "core/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "check.h"
#include "core/parallel.h"
#include "random.h"
#include "reference/alignment.h"

using namespace sslmem;

namespace {

const std::vector<Distance> kDistances{Distance::L2, Distance::Cosine, Distance::Angular, Distance::L1};
const std::vector<ViewScheme> kSchemes{ViewScheme::Pairs, ViewScheme::Original, ViewScheme::Disjoint};

AlignmentOptions options_of(std::vector<Distance> distances, ViewScheme scheme = ViewScheme::Pairs,
                            bool normalize = true) {
  AlignmentOptions options;
  options.distances = std::move(distances);
  options.scheme = scheme;
  options.normalize = normalize;
  options.keep_pairs = true;
  options.threads = 1;
  return options;
}

AlignmentResult one(const std::vector<float>& x, size_t samples, size_t views, size_t dim, Distance distance,
                    bool normalize = true) {
  return alignment(x.data(), samples, views, dim, options_of({distance}, ViewScheme::Pairs, normalize)).at(0);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
           return x == y || (std::isnan(x) && std::isnan(y));
         });
}

void check_against_reference(const std::vector<float>& x, size_t samples, size_t views, size_t dim,
                             ViewScheme scheme, bool normalize) {
  const auto results = alignment(x.data(), samples, views, dim, options_of(kDistances, scheme, normalize));
  for (size_t i = 0; i < kDistances.size(); ++i) {
    const auto expected =
        reference::alignment(x.data(), samples, views, dim, kDistances[i], scheme, normalize);
    const double largest = *std::max_element(expected.pairs.begin(), expected.pairs.end());
    const double tolerance = reference::tolerance(kDistances[i], normalize, dim, largest);
    CHECK_EQUAL(results[i].loss.size(), samples);
    CHECK_EQUAL(results[i].pairs.size(), expected.pairs.size());
    CHECK_EQUAL(results[i].leave_one_out.size(), expected.leave_one_out.size());
    CHECK_NEAR(results[i].pairs.data(), expected.pairs.data(), expected.pairs.size(), tolerance);
    CHECK_NEAR(results[i].loss.data(), expected.loss.data(), samples, tolerance);
    CHECK_NEAR(results[i].leave_one_out.data(), expected.leave_one_out.data(), expected.leave_one_out.size(),
               tolerance);
    // n deviations, each off by two tolerances at most, under sqrt((n-1)/n * sum of squares).
    const double spread = 2 * tolerance * std::sqrt(static_cast<double>(left_out_count(scheme, views)));
    CHECK_NEAR(results[i].standard_error.data(), expected.standard_error.data(), samples, spread);
  }
}

}  // namespace

TEST(alignment_equals_its_reference_at_odd_sizes) {
  TestRandom random(1);
  for (const size_t dim : {1, 2, 3, 15, 16, 17, 31, 130, 511, 512, 513, 1100}) {
    for (const size_t views : {2, 3, 4, 7, 10}) {
      for (const auto scheme : kSchemes) {
        if (scheme == ViewScheme::Disjoint && views % 2 != 0) continue;
        const auto x = random.normals(3 * views * dim);
        for (const bool normalize : {true, false})
          check_against_reference(x, 3, views, dim, scheme, normalize);
      }
    }
  }
}

TEST(alignment_equals_its_reference_for_nearly_equal_and_opposite_views) {
  TestRandom random(2);
  for (const double step : {1e-1, 1e-3, 1e-6}) {
    for (const double sign : {1.0, -1.0}) {
      auto x = random.normals(5 * 4 * 77);
      for (size_t row = 0; row < 20; ++row) {
        if (row % 4 == 0) continue;
        for (size_t k = 0; k < 77; ++k) {
          const double base = x[(row - row % 4) * 77 + k] * (row % 2 == 1 ? sign : 1.0);
          x[row * 77 + k] = static_cast<float>(base + step * random.normal());
        }
      }
      for (const bool normalize : {true, false}) {
        check_against_reference(x, 5, 4, 77, ViewScheme::Pairs, normalize);
      }
    }
  }
}

TEST(alignment_of_known_vectors) {
  const double half_root = std::sqrt(0.5);
  const std::vector<float> right_angle{3, 0, 0, 0.5};  // [1, 2, 2]
  const std::vector<float> opposite{1, 2, -2, -4};
  const double expected_right[] = {std::sqrt(2.0), 1.0, 0.5, 2.0}, expected_opposite[] = {2.0, 2.0, 1.0, 0.0};
  for (size_t i = 0; i < 4; ++i) {
    CHECK_CLOSE(one(right_angle, 1, 2, 2, kDistances[i]).loss[0], expected_right[i], 4e-16);
    if (i < 3) CHECK_CLOSE(one(opposite, 1, 2, 2, kDistances[i]).loss[0], expected_opposite[i], 4e-16);
  }
  CHECK_CLOSE(one(right_angle, 1, 2, 2, Distance::L2, false).loss[0], std::sqrt(9.25), 1e-15);
  CHECK_CLOSE(one(right_angle, 1, 2, 2, Distance::L1, false).loss[0], 3.5, 1e-15);
  const std::vector<float> eighth{1, 0, 1, 1};
  CHECK_CLOSE(one(eighth, 1, 2, 2, Distance::Angular).loss[0], 0.25, 2e-16);
  CHECK_CLOSE(one(eighth, 1, 2, 2, Distance::Cosine).loss[0], 1 - half_root, 2e-16);
}

TEST(alignment_of_identical_views_is_exactly_zero) {
  TestRandom random(3);
  for (const size_t dim : {1, 7, 64, 1030}) {
    const auto row = random.normals(dim);
    std::vector<float> x;
    for (int v = 0; v < 6; ++v) x.insert(x.end(), row.begin(), row.end());
    for (const auto scheme : kSchemes) {
      for (const bool normalize : {true, false}) {
        for (const auto& result : alignment(x.data(), 1, 6, dim, options_of(kDistances, scheme, normalize))) {
          CHECK_EQUAL(result.loss[0], 0.0);
          CHECK_EQUAL(result.standard_error[0], 0.0);
          for (const double d : result.pairs) CHECK_EQUAL(d, 0.0);
          for (const double d : result.leave_one_out) CHECK_EQUAL(d, 0.0);
        }
      }
    }
  }
}

TEST(alignment_of_views_1e_4_apart_keeps_its_precision) {
  // v = cos(a) e0 + sin(a) e1 in a random rotation of a plane: the angle is known, whatever the dimension.
  TestRandom random(4);
  constexpr size_t kDim = 2048;
  constexpr double kAngle = 1e-4;
  auto u = random.normals(kDim), w = random.normals(kDim);
  double uu = 0, uw = 0;
  for (size_t k = 0; k < kDim; ++k) uu += double{u[k]} * u[k], uw += double{u[k]} * w[k];
  double ww = 0;
  std::vector<double> orthogonal(kDim);
  for (size_t k = 0; k < kDim; ++k)
    orthogonal[k] = w[k] - uw / uu * u[k], ww += orthogonal[k] * orthogonal[k];
  std::vector<float> x(u.begin(), u.end());
  for (size_t k = 0; k < kDim; ++k) {
    x.push_back(
        static_cast<float>(std::cos(kAngle) * u[k] + std::sin(kAngle) * orthogonal[k] * std::sqrt(uu / ww)));
  }
  // Rounding v to float moves it by 2^-24 relative per component at most: 6e-8 of 1e-4, so 0.06 % of a length
  // and twice that of a square.
  CHECK_CLOSE(one(x, 1, 2, kDim, Distance::L2).loss[0] / (2 * std::sin(kAngle / 2)), 1.0, 6e-4);
  CHECK_CLOSE(one(x, 1, 2, kDim, Distance::Cosine).loss[0] / (2 * std::pow(std::sin(kAngle / 2), 2)), 1.0,
              1.2e-3);
  CHECK_CLOSE(one(x, 1, 2, kDim, Distance::Angular).loss[0] / (kAngle / 3.141592653589793), 1.0, 6e-4);
}

TEST(alignment_does_not_depend_on_the_order_of_the_views) {
  TestRandom random(5);
  constexpr size_t kViews = 10, kDim = 133;
  const auto x = random.normals(kViews * kDim);
  std::vector<size_t> order(kViews);
  for (size_t v = 0; v < kViews; ++v) order[v] = v;
  const auto before = alignment(x.data(), 1, kViews, kDim, options_of(kDistances));
  for (int trial = 0; trial < 50; ++trial) {
    for (size_t v = kViews - 1; v > 0; --v) std::swap(order[v], order[random.integer(0, v)]);
    std::vector<float> shuffled;
    for (const size_t v : order) {
      shuffled.insert(shuffled.end(), x.begin() + static_cast<std::ptrdiff_t>(v * kDim),
                      x.begin() + static_cast<std::ptrdiff_t>((v + 1) * kDim));
    }
    const auto after = alignment(shuffled.data(), 1, kViews, kDim, options_of(kDistances));
    for (size_t i = 0; i < kDistances.size(); ++i) {
      CHECK_EQUAL(after[i].loss[0], before[i].loss[0]);
      CHECK_EQUAL(after[i].standard_error[0], before[i].standard_error[0]);
      for (size_t v = 0; v < kViews; ++v) {
        CHECK_EQUAL(after[i].leave_one_out[v], before[i].leave_one_out[order[v]]);
      }
    }
  }
}

TEST(alignment_does_not_depend_on_threads_or_batches) {
  TestRandom random(6);
  constexpr size_t kSamples = 37, kViews = 5, kDim = 70;
  const auto x = random.normals(kSamples * kViews * kDim);
  const auto whole = alignment(x.data(), kSamples, kViews, kDim, options_of(kDistances));
  for (const size_t threads : {0, 2, 3, 64}) {
    auto options = options_of(kDistances);
    options.threads = threads;
    const auto again = alignment(x.data(), kSamples, kViews, kDim, options);
    for (size_t i = 0; i < 4; ++i) {
      CHECK(same_bits(again[i].loss, whole[i].loss));
      CHECK(same_bits(again[i].standard_error, whole[i].standard_error));
      CHECK(same_bits(again[i].leave_one_out, whole[i].leave_one_out));
      CHECK(same_bits(again[i].pairs, whole[i].pairs));
    }
  }
  for (size_t s = 0; s < kSamples; ++s) {
    const auto alone = alignment(x.data() + s * kViews * kDim, 1, kViews, kDim, options_of({Distance::L1}));
    CHECK_EQUAL(alone[0].loss[0], whole[3].loss[s]);
  }
}

TEST(alignment_gives_the_same_bits_on_every_machine) {
  // Only operations that IEEE 754 rounds correctly, in an order that the source fixes: portable, AVX2 and
  // AVX-512 code, and other processors, must agree to the bit. The number was taken from the portable build.
  TestRandom random(9);
  std::vector<float> x(3 * 6 * 777);
  for (auto& value : x) value = static_cast<float>(random.uniform(-1, 1));
  uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a over the bytes of all results
  for (const bool normalize : {true, false}) {
    const auto options =
        options_of({Distance::L2, Distance::Cosine, Distance::L1}, ViewScheme::Pairs, normalize);
    for (const auto& result : alignment(x.data(), 3, 6, 777, options)) {
      for (const auto* values :
           {&result.loss, &result.standard_error, &result.leave_one_out, &result.pairs}) {
        for (const double value : *values) {
          uint64_t bits = 0;
          std::memcpy(&bits, &value, sizeof(bits));
          for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (bits >> (8 * byte) & 0xFF)) * 0x100000001B3u;
        }
      }
    }
  }
  CHECK_EQUAL(hash, 6496786082682770220u);
}

TEST(alignment_of_directions_ignores_lengths) {
  TestRandom random(7);
  auto x = random.normals(4 * 50);
  const auto before = alignment(x.data(), 1, 4, 50, options_of(kDistances));
  for (size_t k = 0; k < 50; ++k) x[k] *= 0x1p60f, x[50 + k] *= 0x1p-60f;  // powers of two: no rounding
  const auto after = alignment(x.data(), 1, 4, 50, options_of(kDistances));
  for (size_t i = 0; i < 4; ++i) CHECK_EQUAL(after[i].loss[0], before[i].loss[0]);
  const auto raw = alignment(x.data(), 1, 4, 50, options_of({Distance::Cosine}, ViewScheme::Pairs, false));
  CHECK_EQUAL(raw[0].loss[0], before[1].loss[0]);
}

TEST(alignment_of_zero_vectors_is_defined) {
  const std::vector<float> x{0, 0, 0, 0, 3, 4};  // two zero vectors and one other
  const double expected[4][3] = {{0, 1, 1}, {0, 1, 1}, {0, 0.5, 0.5}, {0, 1.4, 1.4}};
  for (size_t i = 0; i < 4; ++i)
    CHECK_NEAR(one(x, 1, 3, 2, kDistances[i]).pairs.data(), expected[i], 3, 4e-16);
}

TEST(alignment_takes_the_whole_range_of_float) {
  const float huge = std::numeric_limits<float>::max(), tiny = std::numeric_limits<float>::denorm_min();
  const std::vector<float> x{huge, -huge, huge, huge, tiny, -tiny, tiny, tiny};  // [2, 2, 2]
  for (const auto d : kDistances) {
    const auto result = one(x, 2, 2, 2, d);
    CHECK_CLOSE(result.loss[0], result.loss[1], 2 * reference::tolerance(d, true, 2, 2.0));
  }
  CHECK_CLOSE(one(x, 2, 2, 2, Distance::L2, false).loss[0] / (2.0 * huge), 1.0, 4e-16);
  CHECK_CLOSE(one(x, 2, 2, 2, Distance::L2, false).loss[1] / (2.0 * tiny), 1.0, 4e-16);
}

TEST(alignment_refuses_bad_arguments) {
  std::vector<float> x(2 * 3 * 5, 1.0f);
  const auto run = [&](size_t views, size_t dim, ViewScheme scheme) {
    return
        [&x, views, dim, scheme] { alignment(x.data(), 1, views, dim, options_of({Distance::L2}, scheme)); };
  };
  CHECK_THROWS(std::invalid_argument, run(0, 5, ViewScheme::Pairs)(), "views in [2, 4096] but received 0");
  CHECK_THROWS(std::invalid_argument, run(1, 5, ViewScheme::Pairs)(), "views in [2, 4096] but received 1");
  CHECK_THROWS(std::invalid_argument, run(3, 5, ViewScheme::Disjoint)(), "even number of views");
  CHECK_THROWS(std::invalid_argument, run(3, 0, ViewScheme::Pairs)(), "dim of at least 1");
  for (const size_t threads : {1, 2}) {
    auto options = options_of({Distance::L2});
    options.threads = threads;
    x[5 + 2] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS(std::invalid_argument, alignment(x.data(), 2, 3, 5, options),
                 "received NaN at sample 0, view 1, component 2");
    x[5 + 2] = 1.0f;
    x[15 + 14] = -std::numeric_limits<float>::infinity();
    CHECK_THROWS(std::invalid_argument, alignment(x.data(), 2, 3, 5, options),
                 "received -Infinity at sample 1, view 2, component 4");
    x[15 + 14] = 1.0f;
  }
  const int32_t stop = 1;
  CHECK_THROWS(Cancelled, alignment(x.data(), 2, 3, 5, {}, CancelFlag(&stop)), "aborted");
}

TEST(alignment_without_samples_is_empty) {
  const auto result = alignment(nullptr, 0, 3, 5, options_of({Distance::L2}));
  CHECK(result[0].loss.empty() && result[0].pairs.empty());
}

TEST(property_alignment_at_random_sizes) {
  TestRandom random(8);
  for (int trial = 0; trial < 200; ++trial) {
    const size_t samples = random.integer(1, 4), dim = random.integer(1, 700);
    const auto scheme = kSchemes[random.integer(0, 2)];
    const size_t views = scheme == ViewScheme::Disjoint ? 2 * random.integer(1, 5) : random.integer(2, 9);
    auto x = random.normals(samples * views * dim);
    if (random.uniform() < 0.3) {  // some rows are equal, some are zero
      for (size_t row = 1; row < samples * views; ++row) {
        const double what = random.uniform();
        for (size_t k = 0; k < dim; ++k) {
          if (what < 0.3) x[row * dim + k] = x[(row - 1) * dim + k];
          if (what > 0.9) x[row * dim + k] = 0.0f;
        }
      }
    }
    check_against_reference(x, samples, views, dim, scheme, random.uniform() < 0.5);
  }
}
