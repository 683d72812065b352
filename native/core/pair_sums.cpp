#include "pair_sums.h"

#include <cstring>

#include "multiversion.h"

namespace sslmem {

namespace {

// Four doubles: one AVX2 register, two of SSE2 or NEON. The compiler lowers them, and the order of the
// additions stays the same. (GCC 12 keeps wider ones on the stack where the machine has no register of that
// width.)
using Vector = double __attribute__((vector_size(32)));
using FloatVector = float __attribute__((vector_size(16)));
using Bits = long long __attribute__((vector_size(32)));
constexpr size_t kWidth = 4;
static_assert(kLanes == 4 * kWidth, "the loops below hold four vectors of lanes");

SSLMEM_INLINE void load(const double* from, Vector& to) { std::memcpy(&to, from, sizeof(Vector)); }
SSLMEM_INLINE void store(const Vector& from, double* to) { std::memcpy(to, &from, sizeof(Vector)); }
SSLMEM_INLINE void load_floats(const float* from, Vector& to) {
  FloatVector floats;
  std::memcpy(&floats, from, sizeof(FloatVector));
  to = __builtin_convertvector(floats, Vector);
}
SSLMEM_INLINE void absolute(Vector& x) {
  constexpr long long kMagnitude = 0x7FFFFFFFFFFFFFFF;
  x = reinterpret_cast<Vector>(reinterpret_cast<Bits>(x) &
                               Bits{kMagnitude, kMagnitude, kMagnitude, kMagnitude});
}

// The four vectors of lanes are named one by one: as an array GCC keeps them in memory.
struct Lanes {
  Vector a{}, b{}, c{}, d{};
};
SSLMEM_INLINE void load(const double* from, Lanes& to) {
  load(from, to.a), load(from + kWidth, to.b), load(from + 2 * kWidth, to.c), load(from + 3 * kWidth, to.d);
}
SSLMEM_INLINE void load_floats(const float* from, Lanes& to) {
  load_floats(from, to.a), load_floats(from + kWidth, to.b);
  load_floats(from + 2 * kWidth, to.c), load_floats(from + 3 * kWidth, to.d);
}
SSLMEM_INLINE void store(const Lanes& from, double* to) {
  store(from.a, to), store(from.b, to + kWidth), store(from.c, to + 2 * kWidth),
      store(from.d, to + 3 * kWidth);
}
SSLMEM_INLINE void subtract(Lanes& x, const Lanes& y) { x.a -= y.a, x.b -= y.b, x.c -= y.c, x.d -= y.d; }
SSLMEM_INLINE void add(Lanes& x, const Lanes& y) { x.a += y.a, x.b += y.b, x.c += y.c, x.d += y.d; }
SSLMEM_INLINE void add_square(Lanes& sum, const Lanes& x) {
  sum.a += x.a * x.a, sum.b += x.b * x.b, sum.c += x.c * x.c, sum.d += x.d * x.d;
}
SSLMEM_INLINE void absolute(Lanes& x) { absolute(x.a), absolute(x.b), absolute(x.c), absolute(x.d); }

template <bool Squares, bool Absolutes>
SSLMEM_INLINE void add_pair(const double* u, const double* v, size_t count, PairSums& sums) {
  Lanes squares, absolutes;
  if constexpr (Squares) load(sums.squares, squares);
  if constexpr (Absolutes) load(sums.absolutes, absolutes);
  for (size_t k = 0; k < count; k += kLanes) {
    Lanes difference, other;
    load(u + k, difference), load(v + k, other);
    subtract(difference, other);
    if constexpr (Squares) add_square(squares, difference);
    if constexpr (Absolutes) absolute(difference), add(absolutes, difference);
  }
  if constexpr (Squares) store(squares, sums.squares);
  if constexpr (Absolutes) store(absolutes, sums.absolutes);
}

}  // namespace

SSLMEM_MULTIVERSION void add_squares(const double* u, const double* v, size_t count, PairSums& sums) {
  add_pair<true, false>(u, v, count, sums);
}

SSLMEM_MULTIVERSION void add_absolutes(const double* u, const double* v, size_t count, PairSums& sums) {
  add_pair<false, true>(u, v, count, sums);
}

SSLMEM_MULTIVERSION void add_both(const double* u, const double* v, size_t count, PairSums& sums) {
  add_pair<true, true>(u, v, count, sums);
}

double sum_lanes(const double* lanes) {
  double sums[kLanes];
  std::memcpy(sums, lanes, sizeof(sums));
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

SSLMEM_MULTIVERSION double square_sum(const float* values, size_t count) {
  Lanes sum;
  size_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
    Lanes x;
    load_floats(values + k, x);
    add_square(sum, x);
  }
  double lanes[kLanes];
  store(sum, lanes);
  for (size_t lane = 0; k < count; ++k, ++lane) {
    lanes[lane] += static_cast<double>(values[k]) * static_cast<double>(values[k]);
  }
  return sum_lanes(lanes);
}

SSLMEM_MULTIVERSION void scale_to_double(const float* values, double scale, size_t count, double* out) {
  size_t k = 0;
  for (; k + kWidth <= count; k += kWidth) {
    Vector x;
    load_floats(values + k, x);
    x *= scale;
    store(x, out + k);
  }
  for (; k < count; ++k) out[k] = static_cast<double>(values[k]) * scale;
  for (; k % kLanes != 0; ++k) out[k] = 0.0;
}

}  // namespace sslmem
