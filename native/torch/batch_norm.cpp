#include "batch_norm.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <vector>

#include "core/bf16.h"
#include "core/multiversion.h"

namespace sslmem::torch {

namespace {

// Rows are summed in float32 in groups of this many, and the groups in float64: the error of a channel's sum
// is that of 64 terms, whatever the batch.
constexpr int64_t kGroup = 64;
// Work is cut into this many pieces whatever the number of threads, so that threads do not change the sums.
constexpr int64_t kPieces = 64;
constexpr int64_t kLanes = 16;

using BF16 = c10::BFloat16;

SSLMEM_INLINE float load(float v) { return v; }
SSLMEM_INLINE float load(BF16 v) { return bf16_value(v.x); }
SSLMEM_INLINE void store(float& to, float v) { to = v; }
SSLMEM_INLINE void store(BF16& to, float v) { to.x = bf16_bits(v); }

/// Adds, for the channels from `from` on, sums over rows of (x − shift) and its square.
template <class T, int64_t L>
SSLMEM_INLINE void moments_of(const T* x, int64_t rows, int64_t channels, const float* shift, double* sum,
                              double* square) {
  float s[L] = {}, q[L] = {}, o[L];
  for (int64_t c = 0; c < L; ++c) o[c] = shift[c];
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * channels;
    for (int64_t c = 0; c < L; ++c) {
      const float v = load(row[c]) - o[c];
      s[c] += v;
      q[c] += v * v;
    }
  }
  for (int64_t c = 0; c < L; ++c) {
    sum[c] += s[c];
    square[c] += q[c];
  }
}

/// Adds sums over rows of dz and dz · (x − mean), dz the gradient behind the ReLU.
template <class T, int64_t L>
SSLMEM_INLINE void products_of(const T* dy, const T* y, const T* x, int64_t rows, int64_t channels,
                               const float* mean, bool relu, double* sum, double* product) {
  float s[L] = {}, p[L] = {}, m[L];
  for (int64_t c = 0; c < L; ++c) m[c] = mean[c];
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < L; ++c) {
      float d = load(dy[at + c]);
      if (relu) d = load(y[at + c]) > 0 ? d : 0.0f;
      s[c] += d;
      p[c] += d * (load(x[at + c]) - m[c]);
    }
  }
  for (int64_t c = 0; c < L; ++c) {
    sum[c] += s[c];
    product[c] += p[c];
  }
}

template <class T>
SSLMEM_INLINE void moments_rows(const T* x, int64_t rows, int64_t channels, const float* shift, double* sum,
                                double* square) {
  for (int64_t r = 0; r < rows; r += kGroup) {
    const int64_t n = std::min(kGroup, rows - r);
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes)
      moments_of<T, kLanes>(x + r * channels + c, n, channels, shift + c, sum + c, square + c);
    for (; c < channels; ++c)
      moments_of<T, 1>(x + r * channels + c, n, channels, shift + c, sum + c, square + c);
  }
}

template <class T>
SSLMEM_INLINE void products_rows(const T* dy, const T* y, const T* x, int64_t rows, int64_t channels,
                                 const float* mean, bool relu, double* sum, double* product) {
  for (int64_t r = 0; r < rows; r += kGroup) {
    const int64_t n = std::min(kGroup, rows - r), at = r * channels;
    int64_t c = 0;
    for (; c + kLanes <= channels; c += kLanes)
      products_of<T, kLanes>(dy + at + c, relu ? y + at + c : nullptr, x + at + c, n, channels, mean + c,
                             relu, sum + c, product + c);
    for (; c < channels; ++c)
      products_of<T, 1>(dy + at + c, relu ? y + at + c : nullptr, x + at + c, n, channels, mean + c, relu,
                        sum + c, product + c);
  }
}

/// y = relu(x · scale + offset + residual)
template <class T>
SSLMEM_INLINE void scaled_rows(const T* x, const T* residual, T* y, int64_t rows, int64_t channels,
                               const float* scale, const float* offset, bool relu) {
  for (int64_t r = 0; r < rows; ++r, x += channels, y += channels) {
    if (residual != nullptr) {
      for (int64_t c = 0; c < channels; ++c) {
        const float v = load(x[c]) * scale[c] + offset[c] + load(residual[c]);
        store(y[c], relu ? (v > 0 || v != v ? v : 0.0f) : v);
      }
      residual += channels;
    } else {
      for (int64_t c = 0; c < channels; ++c) {
        const float v = load(x[c]) * scale[c] + offset[c];
        store(y[c], relu ? (v > 0 || v != v ? v : 0.0f) : v);
      }
    }
  }
}

/// dx = a · dz − b · x − k, and dz itself where it is asked for.
template <class T>
SSLMEM_INLINE void gradient_rows(const T* dy, const T* y, const T* x, T* dx, T* dz, int64_t rows,
                                 int64_t channels, const float* a, const float* b, const float* k,
                                 bool relu) {
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < channels; ++c) {
      float d = load(dy[at + c]);
      if (relu) d = load(y[at + c]) > 0 ? d : 0.0f;
      if (dz != nullptr) store(dz[at + c], d);
      store(dx[at + c], a[c] * d - b[c] * load(x[at + c]) - k[c]);
    }
  }
}

// One compiled version for each instruction set and dtype; templates cannot carry the attribute.
#define SSLMEM_BATCH_NORM_FOR(T)                                                                         \
  SSLMEM_MULTIVERSION void moments(const T* x, int64_t rows, int64_t channels, const float* shift,       \
                                   double* sum, double* square) {                                        \
    moments_rows<T>(x, rows, channels, shift, sum, square);                                              \
  }                                                                                                      \
  SSLMEM_MULTIVERSION void products(const T* dy, const T* y, const T* x, int64_t rows, int64_t channels, \
                                    const float* mean, bool relu, double* sum, double* product) {        \
    if (relu)                                                                                            \
      products_rows<T>(dy, y, x, rows, channels, mean, true, sum, product);                              \
    else                                                                                                 \
      products_rows<T>(dy, y, x, rows, channels, mean, false, sum, product);                             \
  }                                                                                                      \
  SSLMEM_MULTIVERSION void scaled(const T* x, const T* residual, T* y, int64_t rows, int64_t channels,   \
                                  const float* scale, const float* offset, bool relu) {                  \
    if (relu)                                                                                            \
      scaled_rows<T>(x, residual, y, rows, channels, scale, offset, true);                               \
    else                                                                                                 \
      scaled_rows<T>(x, residual, y, rows, channels, scale, offset, false);                              \
  }                                                                                                      \
  SSLMEM_MULTIVERSION void gradients(const T* dy, const T* y, const T* x, T* dx, T* dz, int64_t rows,    \
                                     int64_t channels, const float* a, const float* b, const float* k,   \
                                     bool relu) {                                                        \
    if (dz != nullptr)                                                                                   \
      gradient_rows<T>(dy, y, x, dx, dz, rows, channels, a, b, k, relu);                                 \
    else if (relu)                                                                                       \
      gradient_rows<T>(dy, y, x, dx, nullptr, rows, channels, a, b, k, true);                            \
    else                                                                                                 \
      gradient_rows<T>(dy, y, x, dx, nullptr, rows, channels, a, b, k, false);                           \
  }
SSLMEM_BATCH_NORM_FOR(float)
SSLMEM_BATCH_NORM_FOR(BF16)
#undef SSLMEM_BATCH_NORM_FOR

/// Calls body(piece, first row, rows) for every piece, on several threads.
template <class Body>
void in_pieces(int64_t rows, const Body& body) {
  at::parallel_for(0, kPieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t first = rows * piece / kPieces, next = rows * (piece + 1) / kPieces;
      if (next > first) body(piece, first, next - first);
    }
  });
}

/// Two float64 sums per channel, each piece's added in the order of the pieces.
struct Sums {
  int64_t channels;
  std::vector<double> first, second;

  explicit Sums(int64_t n)
      : channels(n), first(static_cast<size_t>(kPieces * n)), second(static_cast<size_t>(kPieces * n)) {}
  void add_up() {
    for (int64_t piece = 1; piece < kPieces; ++piece) {
      for (int64_t c = 0; c < channels; ++c) {
        first[static_cast<size_t>(c)] += first[static_cast<size_t>(piece * channels + c)];
        second[static_cast<size_t>(c)] += second[static_cast<size_t>(piece * channels + c)];
      }
    }
  }
};

at::Tensor per_channel(int64_t channels) { return at::empty({channels}, at::kFloat); }

template <class T>
const T* data_or_null(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr<T>() : nullptr;
}

template <class T>
BatchNorm forward(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                  const at::Tensor& residual, double epsilon, bool relu) {
  const int64_t channels = x.size(-1), rows = x.numel() / channels;
  const T* in = x.const_data_ptr<T>();
  // Sums of differences from the first row: they cancel far less than those of the values.
  std::vector<float> shift(static_cast<size_t>(channels));
  for (int64_t c = 0; c < channels; ++c) shift[static_cast<size_t>(c)] = load(in[c]);
  Sums sums(channels);
  in_pieces(rows, [&](int64_t piece, int64_t first, int64_t n) {
    moments(in + first * channels, n, channels, shift.data(), sums.first.data() + piece * channels,
            sums.second.data() + piece * channels);
  });
  sums.add_up();
  BatchNorm out{at::empty_like(x), per_channel(channels), per_channel(channels), per_channel(channels)};
  std::vector<float> scale(static_cast<size_t>(channels)), offset(static_cast<size_t>(channels));
  const auto n = static_cast<double>(rows);
  for (int64_t c = 0; c < channels; ++c) {
    const auto i = static_cast<size_t>(c);
    const double away = sums.first[i] / n;
    const double variance = std::max(0.0, sums.second[i] / n - away * away), mean = shift[i] + away;
    const double invstd = 1 / std::sqrt(variance + epsilon);
    out.mean.data_ptr<float>()[c] = static_cast<float>(mean);
    out.variance.data_ptr<float>()[c] = static_cast<float>(rows > 1 ? variance * n / (n - 1) : variance);
    out.invstd.data_ptr<float>()[c] = static_cast<float>(invstd);
    const double factor = gamma.const_data_ptr<float>()[c] * invstd;
    scale[i] = static_cast<float>(factor);
    offset[i] = static_cast<float>(beta.const_data_ptr<float>()[c] - mean * factor);
  }
  T* y = out.y.data_ptr<T>();
  const T* shortcut = data_or_null<T>(residual);
  in_pieces(rows, [&](int64_t, int64_t first, int64_t count) {
    const int64_t at = first * channels;
    scaled(in + at, shortcut == nullptr ? nullptr : shortcut + at, y + at, count, channels, scale.data(),
           offset.data(), relu);
  });
  return out;
}

template <class T>
BatchNormGradient backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma,
                           const at::Tensor& mean, const at::Tensor& invstd, const at::Tensor& y, bool relu,
                           bool residual) {
  const int64_t channels = x.size(-1), rows = x.numel() / channels;
  const T *in = x.const_data_ptr<T>(), *top = dy.const_data_ptr<T>(),
          *out = relu ? y.const_data_ptr<T>() : nullptr;
  const float* center = mean.const_data_ptr<float>();
  Sums sums(channels);
  in_pieces(rows, [&](int64_t piece, int64_t first, int64_t n) {
    const int64_t at = first * channels;
    products(top + at, out == nullptr ? nullptr : out + at, in + at, n, channels, center, relu,
             sums.first.data() + piece * channels, sums.second.data() + piece * channels);
  });
  sums.add_up();
  BatchNormGradient result{at::empty_like(x), per_channel(channels), per_channel(channels),
                           residual ? at::empty_like(x) : at::Tensor()};
  std::vector<float> a(static_cast<size_t>(channels)), b(static_cast<size_t>(channels)),
      k(static_cast<size_t>(channels));
  const auto n = static_cast<double>(rows);
  for (int64_t c = 0; c < channels; ++c) {
    const auto i = static_cast<size_t>(c);
    const double r = invstd.const_data_ptr<float>()[c], g = gamma.const_data_ptr<float>()[c], m = center[c];
    result.dgamma.data_ptr<float>()[c] = static_cast<float>(sums.second[i] * r);
    result.dbeta.data_ptr<float>()[c] = static_cast<float>(sums.first[i]);
    // dx = g r (dz − mean(dz) − (x − m) r² mean(dz (x − m)))
    const double slope = g * r * r * r * sums.second[i] / n;
    a[i] = static_cast<float>(g * r);
    b[i] = static_cast<float>(slope);
    k[i] = static_cast<float>(g * r * sums.first[i] / n - slope * m);
  }
  T *dx = result.dx.data_ptr<T>(), *dz = residual ? result.dresidual.data_ptr<T>() : nullptr;
  in_pieces(rows, [&](int64_t, int64_t first, int64_t count) {
    const int64_t at = first * channels;
    gradients(top + at, out == nullptr ? nullptr : out + at, in + at, dx + at,
              dz == nullptr ? nullptr : dz + at, count, channels, a.data(), b.data(), k.data(), relu);
  });
  return result;
}

bool ours(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

}  // namespace

BatchNorm batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                     const at::Tensor& residual, double epsilon, bool relu) {
  TORCH_CHECK(x.dim() >= 2 && x.numel() > 0, "Expected at least one row for x of a batch normalisation");
  TORCH_CHECK(gamma.numel() == x.size(-1) && beta.numel() == x.size(-1), "Expected gamma and beta of ",
              x.size(-1), " channels");
  TORCH_CHECK(!residual.defined() || residual.sizes() == x.sizes(), "Expected a residual of x's shape");
  if (ours(x)) {
    const at::Tensor shortcut = residual.defined() ? residual.to(x.scalar_type()) : residual;
    return x.scalar_type() == at::kFloat ? forward<float>(x, gamma, beta, shortcut, epsilon, relu)
                                         : forward<BF16>(x, gamma, beta, shortcut, epsilon, relu);
  }
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis + 1 < x.dim(); ++axis) axes.push_back(axis);
  const at::Tensor values = x.to(at::kFloat);
  const auto [variance, mean] = at::var_mean(values, axes, false, false);
  const auto n = static_cast<double>(x.numel() / x.size(-1));
  const at::Tensor invstd = at::rsqrt(variance + epsilon);
  at::Tensor y = (values - mean) * (invstd * gamma) + beta;
  if (residual.defined()) y = y + residual;
  if (relu) y = at::relu(y);
  return {y.to(x.scalar_type()), mean, n > 1 ? variance * (n / (n - 1)) : variance, invstd};
}

BatchNormGradient batch_norm_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma,
                                      const at::Tensor& mean, const at::Tensor& invstd, const at::Tensor& y,
                                      bool relu, bool residual) {
  if (ours(x)) {
    const at::Tensor top = dy.to(x.scalar_type()).contiguous();
    return x.scalar_type() == at::kFloat ? backward<float>(top, x, gamma, mean, invstd, y, relu, residual)
                                         : backward<BF16>(top, x, gamma, mean, invstd, y, relu, residual);
  }
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis + 1 < x.dim(); ++axis) axes.push_back(axis);
  at::Tensor dz = dy.to(at::kFloat);
  if (relu) dz = at::where(y > 0, dz, at::zeros({}, dz.options()));
  const at::Tensor unit = (x.to(at::kFloat) - mean) * invstd;
  const at::Tensor dbeta = at::sum(dz, axes), dgamma = at::sum(dz * unit, axes);
  const auto n = static_cast<double>(x.numel() / x.size(-1));
  const at::Tensor dx = (dz - dbeta / n - unit * (dgamma / n)) * (gamma * invstd);
  return {dx.to(x.scalar_type()), dgamma, dbeta, residual ? dz.to(x.scalar_type()) : at::Tensor()};
}

}  // namespace sslmem::torch
