// The CUDA kernels for batch normalisation, run on the host, against the definition in double at odd sizes.

#include "core/cuda/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.h"
#include "core/bf16.h"
#include "cuda_host.h"
#include "random.h"
#include "reference/batch_norm.h"

namespace sslmem {
namespace {

using cuda::BFloat16;
using Floats = std::vector<float>;

constexpr double kUnit = 0x1p-24;  // half an ulp of float32 at 1
constexpr double kEpsilon = 1e-5;
constexpr double kGroup = 64;  // rows added in float32

float widened(BFloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}
float widened(float x) { return x; }
void narrow(float x, float& to) { to = x; }
void narrow(float x, BFloat16& to) { to.bits = bf16_bits(x); }

template <class T>
constexpr double kRounding = sizeof(T) == 2 ? 0x1p-8 : 0.0;  // of a result stored as bfloat16: 8 bits

/// Values in memory as the kernel sees them, after `skip` others: what is not aligned takes the narrow path.
template <class T>
struct Memory {
  std::vector<T> values;
  size_t skip;
  explicit Memory(const Floats& from, size_t shift = 0) : values(from.size() + shift), skip(shift) {
    for (size_t i = 0; i < from.size(); ++i) narrow(from[i], values[i + shift]);
  }
  T* data() { return values.data() + skip; }
  Floats floats() const {
    Floats out;
    for (size_t i = skip; i < values.size(); ++i) out.push_back(widened(values[i]));
    return out;
  }
};

/// The values that T can hold.
template <class T>
Floats rounded(const Floats& x) {
  return Memory<T>(x).floats();
}

double largest(const Floats& x, size_t channels, size_t c, double from = 0.0) {
  double out = 0.0;
  for (size_t i = c; i < x.size(); i += channels)
    out = std::max(out, std::fabs(static_cast<double>(x[i]) - from));
  return out;
}

struct Case {
  size_t rows, channels;
  bool relu, residual;
  size_t skip;  // elements that memory is off by
  double scale, offset;
};

struct Inputs {
  Floats x, residual, gamma, beta, dy;
};

template <class T>
Inputs inputs_of(const Case& of, uint64_t seed) {
  TestRandom random(seed);
  const size_t n = of.rows * of.channels;
  Inputs in{random.normals(n), of.residual ? random.normals(n) : Floats{}, random.normals(of.channels),
            random.normals(of.channels), random.normals(n)};
  for (size_t i = 0; i < n; ++i) {
    // Channels of different sizes, far from zero: what cancels must not be lost.
    const double c = static_cast<double>(i % of.channels);
    in.x[i] = static_cast<float>(of.scale * (1.0 + 0.1 * c) * static_cast<double>(in.x[i]) + of.offset * c);
  }
  in.x = rounded<T>(in.x);
  in.residual = rounded<T>(in.residual);
  in.dy = rounded<T>(in.dy);
  return in;
}

template <class T>
std::vector<double> workspace_for(const Case& of) {
  return std::vector<double>((cuda::batch_norm_workspace(of.rows, of.channels) + 7) / 8,
                             std::numeric_limits<double>::quiet_NaN());
}

struct Forward {
  Floats y, mean, variance, invstd;
};

template <class T>
Forward forward(const Case& of, const Inputs& in) {
  Memory<T> x(in.x, of.skip), residual(in.residual, of.skip), y(Floats(in.x.size(), -7.0f), of.skip);
  Forward out{{}, Floats(of.channels, -7.0f), Floats(of.channels, -7.0f), Floats(of.channels, -7.0f)};
  auto workspace = workspace_for<T>(of);
  cuda::batch_norm<T>(
      {x.data(), of.residual ? residual.data() : nullptr, in.gamma.data(), in.beta.data(), of.rows,
       of.channels, kEpsilon, of.relu, y.data(), out.mean.data(), out.variance.data(), out.invstd.data()},
      workspace.data(), nullptr);
  out.y = y.floats();
  return out;
}

/// Errors, with u = 2^-24: a sum of differences d from the first row in groups of 64 is off by 66 u D for D
/// the largest |d| (and so is their mean), of squares by 68 u D^2; the variance subtracts the squared mean of
/// d, off by 2 D 66 u D. scale = gamma invstd and offset = beta - mean scale are rounded once, y's three
/// operations once each.
template <class T>
void check_forward(const Case& of, const Inputs& in, const Forward& out) {
  const auto want = reference::batch_norm(in.x, in.gamma, in.beta, in.residual, kEpsilon, of.relu);
  for (size_t c = 0; c < of.channels; ++c) {
    const double d = largest(in.x, of.channels, c, static_cast<double>(in.x[c]));
    const double dmean = (kGroup + 2) * kUnit * d, dvariance = (3 * kGroup + 8) * kUnit * d * d;
    const double mean = std::fabs(want.mean[c]);
    CHECK_CLOSE(static_cast<double>(out.mean[c]), want.mean[c], dmean + kUnit * mean);
    const double correction =
        of.rows > 1 ? static_cast<double>(of.rows) / static_cast<double>(of.rows - 1) : 1.0;
    CHECK_CLOSE(static_cast<double>(out.variance[c]), want.variance[c],
                correction * dvariance + kUnit * want.variance[c]);
    const double relative =
        dvariance * want.invstd[c] * want.invstd[c] + 2 * kUnit;  // twice its half: also to 2nd order
    CHECK_CLOSE(static_cast<double>(out.invstd[c]), want.invstd[c], relative * want.invstd[c]);
    const double scale = std::fabs(static_cast<double>(in.gamma[c])) * want.invstd[c],
                 x = largest(in.x, of.channels, c);
    const double offset = std::fabs(static_cast<double>(in.beta[c])) + mean * scale;
    const double shortcut = of.residual ? largest(in.residual, of.channels, c) : 0.0;
    const double size = x * scale + offset + shortcut;
    const double tolerance =
        (x + mean) * scale * relative + scale * dmean + 4 * kUnit * size + kRounding<T> * size;
    for (size_t i = c; i < out.y.size(); i += of.channels)
      CHECK_CLOSE(static_cast<double>(out.y[i]), want.y[i], tolerance);
  }
}

template <class T>
void check_backward(const Case& of, const Inputs& in, const Forward& seen) {
  Memory<T> dy(in.dy, of.skip), x(in.x, of.skip), y(seen.y, of.skip), dx(Floats(in.x.size(), -7.0f), of.skip),
      dz(Floats(in.x.size(), -7.0f), of.skip);
  Floats dgamma(of.channels, -7.0f), dbeta(of.channels, -7.0f);
  auto workspace = workspace_for<T>(of);
  cuda::batch_norm_gradient<T>({dy.data(), x.data(), of.relu ? y.data() : nullptr, in.gamma.data(),
                                seen.mean.data(), seen.invstd.data(), of.rows, of.channels, dx.data(),
                                of.residual ? dz.data() : nullptr, dgamma.data(), dbeta.data()},
                               workspace.data(), nullptr);
  const auto want = reference::batch_norm_gradient(in.dy, in.x, of.relu ? seen.y : Floats{}, in.gamma,
                                                   seen.mean, seen.invstd);
  const double n = static_cast<double>(of.rows);
  const Floats got = dx.floats(), shortcut = dz.floats();
  for (size_t c = 0; c < of.channels; ++c) {
    const double m = static_cast<double>(seen.mean[c]), r = static_cast<double>(seen.invstd[c]),
                 g = std::fabs(static_cast<double>(in.gamma[c]));
    double sum = 0.0, product = 0.0;  // of absolute values: what the errors of the sums are measured by
    for (size_t i = c; i < in.x.size(); i += of.channels) {
      sum += std::fabs(want.dresidual[i]);
      product += std::fabs(want.dresidual[i] * (static_cast<double>(in.x[i]) - m));
    }
    const double dsum = (kGroup + 1) * kUnit * sum, dproduct = (kGroup + 3) * kUnit * product;
    CHECK_CLOSE(static_cast<double>(dbeta[c]), want.dbeta[c], dsum + kUnit * sum);
    CHECK_CLOSE(static_cast<double>(dgamma[c]), want.dgamma[c], r * (dproduct + 2 * kUnit * product));
    // dx = a dz - b x - k, each coefficient rounded, each of four operations too.
    const double a = g * r, b = g * r * r * r * product / n, k = a * sum / n + b * std::fabs(m);
    const double db = g * r * r * r * dproduct / n + kUnit * b,
                 dk = a * dsum / n + db * std::fabs(m) + kUnit * k;
    const double top = largest(in.dy, of.channels, c), in_x = largest(in.x, of.channels, c);
    const double size = a * top + b * in_x + k;
    const double tolerance = db * in_x + dk + 5 * kUnit * size + kRounding<T> * size;
    for (size_t i = c; i < got.size(); i += of.channels) {
      CHECK_CLOSE(static_cast<double>(got[i]), want.dx[i], tolerance);
      if (of.residual) CHECK_EQUAL(static_cast<double>(shortcut[i]), want.dresidual[i]);
    }
  }
}

template <class T>
void check(const Case& of, uint64_t seed) {
  cuda_host::seed() = seed;
  const Inputs in = inputs_of<T>(of, seed);
  const Forward out = forward<T>(of, in);
  check_forward<T>(of, in, out);
  check_backward<T>(of, in, out);
}

const std::vector<Case> kCases{{1, 1, false, false, 0, 1.0, 0.0},    {3, 5, true, false, 0, 1.0, 2.0},
                               {7, 8, true, true, 0, 2.0, 1.0},      {65, 3, false, true, 0, 1.0, 5.0},
                               {130, 64, true, true, 0, 1.0, 0.5},   {131, 64, true, false, 1, 1.0, 0.5},
                               {300, 40, false, false, 0, 0.1, 3.0}, {257, 24, true, true, 0, 3.0, 0.2},
                               {40, 300, true, true, 0, 1.0, 0.1},   {5, 272, false, true, 0, 1.0, 0.1},
                               {4099, 16, true, true, 0, 1.0, 2.0}};

TEST(cuda_batch_norm_equals_its_definition_in_float32) {
  uint64_t seed = 80;
  for (const Case& of : kCases) check<float>(of, ++seed);
}

TEST(cuda_batch_norm_equals_its_definition_in_bfloat16) {
  uint64_t seed = 100;
  for (const Case& of : kCases) check<BFloat16>(of, ++seed);
}

TEST(cuda_batch_norm_does_not_depend_on_the_order_of_the_threads) {
  const Case of{1500, 40, true, true, 0, 1.0, 1.0};
  const Inputs in = inputs_of<float>(of, 121);
  cuda_host::seed() = 1;
  const Forward first = forward<float>(of, in);
  cuda_host::seed() = 2;
  const Forward second = forward<float>(of, in);
  CHECK(first.y == second.y && first.mean == second.mean && first.variance == second.variance);
}

TEST(cuda_batch_norm_hands_on_what_is_not_finite) {
  const Case of{70, 8, true, false, 0, 1.0, 0.0};
  Inputs in = inputs_of<float>(of, 122);
  in.x[8 * 33 + 2] = std::numeric_limits<float>::quiet_NaN();
  const Forward out = forward<float>(of, in);
  for (size_t i = 0; i < out.y.size(); ++i) CHECK_EQUAL(std::isnan(out.y[i]), i % 8 == 2);
}

TEST(cuda_batch_norm_refuses_nothing_at_all) {
  CHECK_THROWS(std::invalid_argument, cuda::batch_norm_workspace(0, 3), "at least one row");
  CHECK_THROWS(std::invalid_argument, cuda::batch_norm_workspace(3, 0), "at least one row and one channel");
}

}  // namespace
}  // namespace sslmem
