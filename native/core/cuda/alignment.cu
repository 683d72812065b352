// One block a sample: a warp takes a view for its norm, then a pair for its distances; the block makes the
// means.

#include "core/cuda/alignment.h"

#include <cfloat>
#include <stdexcept>
#include <string>

#include "core/alignment_math.h"
#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"
#include "core/pair_mean.h"

namespace sslmem::cuda {

namespace {

constexpr unsigned kThreads = 256, kWarps = kThreads / kWarp;
constexpr size_t kMaxDistances = 4;

struct Request {
  const float* representations;
  size_t samples, views, dim, pairs, left_out;
  int headroom;  // ceil(log2 pairs)
  ViewScheme scheme;
  bool normalize;
  int count;
  Distance distances[kMaxDistances];
  AlignmentOutputs out;
};

struct Shared {
  double norms[kMaxAlignmentViews];
  double partial[kWarps];
  unsigned long long without[kMaxAlignmentViews];  // first what is left out, then the rest
  int64_t sorted[kMaxAlignmentViews];
  unsigned long long total;
};

// Sums over the components of one pair, of unit vectors and of the rows as they are.
struct Sums {
  double unit_squares, unit_absolutes, squares, absolutes;
};

// The views of pair `index`, in the order of view_pairs.
__device__ inline ViewPair pair_at(ViewScheme scheme, size_t views, size_t index) {
  const auto at = static_cast<uint32_t>(index);
  if (scheme == ViewScheme::Original) return {0, at + 1};
  if (scheme == ViewScheme::Disjoint) return {2 * at, 2 * at + 1};
  uint32_t first = 0, rest = at, row = static_cast<uint32_t>(views) - 1;
  while (rest >= row) rest -= row--, ++first;
  return {first, first + 1 + rest};
}

__device__ void measure_norms(const Request& request, const float* rows, double* norms) {
  for (size_t view = threadIdx.x / kWarp; view < request.views; view += kWarps) {
    const float* row = rows + view * request.dim;
    double squares = 0.0;
    for (size_t k = threadIdx.x % kWarp; k < request.dim; k += kWarp) {
      const double x = static_cast<double>(row[k]);
      if (!(fabs(x) <= static_cast<double>(FLT_MAX))) {
        atomicMin(request.out.not_finite, static_cast<unsigned long long>(row + k - request.representations));
      }
      squares += x * x;
    }
    squares = warp_sum(squares);
    if (threadIdx.x % kWarp == 0) norms[view] = sqrt(squares);
  }
}

__device__ Sums sum_pair(const float* u, const float* v, size_t dim, double scale_u, double scale_v) {
  Sums sums{0.0, 0.0, 0.0, 0.0};
  for (size_t k = threadIdx.x % kWarp; k < dim; k += kWarp) {
    const double x = static_cast<double>(u[k]), y = static_cast<double>(v[k]);
    const double unit = x * scale_u - y * scale_v, plain = x - y;
    sums.unit_squares += unit * unit;
    sums.unit_absolutes += fabs(unit);
    sums.squares += plain * plain;
    sums.absolutes += fabs(plain);
  }
  return {warp_sum(sums.unit_squares), warp_sum(sums.unit_absolutes), warp_sum(sums.squares),
          warp_sum(sums.absolutes)};
}

// |u + v|^2 of the unit vectors.
__device__ double sum_opposite(const float* u, const float* v, size_t dim, double scale_u, double scale_v) {
  double squares = 0.0;
  for (size_t k = threadIdx.x % kWarp; k < dim; k += kWarp) {
    const double sum = static_cast<double>(u[k]) * scale_u + static_cast<double>(v[k]) * scale_v;
    squares += sum * sum;
  }
  return warp_sum(squares);
}

__device__ void measure_pair(const Request& request, const float* rows, const double* norms, size_t index,
                             double* out) {
  const ViewPair pair = pair_at(request.scheme, request.views, index);
  const float *u = rows + pair.first * request.dim, *v = rows + pair.second * request.dim;
  const double norm_u = norms[pair.first], norm_v = norms[pair.second];
  const double scale_u = unit_scale(norm_u), scale_v = unit_scale(norm_v);
  const Sums sums = sum_pair(u, v, request.dim, scale_u, scale_v);
  const bool one_is_zero = (norm_u == 0.0) != (norm_v == 0.0);
  for (int i = 0; i < request.count; ++i) {
    double distance = 0.0;
    switch (request.distances[i]) {
      case Distance::L2:
        distance = sqrt(request.normalize ? sums.unit_squares : sums.squares);
        break;
      case Distance::L1:
        distance = request.normalize ? sums.unit_absolutes : sums.absolutes;
        break;
      case Distance::Cosine:
        distance = one_is_zero ? 1.0 : cosine_of_chord(sums.unit_squares);
        break;
      case Distance::Angular:
        distance = one_is_zero ? 0.5
                   : sums.unit_squares <= kLargestChord
                       ? angle_of_chord(sums.unit_squares)
                       : 1.0 - angle_of_chord(sum_opposite(u, v, request.dim, scale_u, scale_v));
        break;
    }
    if (threadIdx.x % kWarp == 0) {
      out[(static_cast<size_t>(i) * request.samples + blockIdx.x) * request.pairs + index] = distance;
    }
  }
}

// The largest of the block's numbers, all >= 0. (Between two calls there is a barrier.)
__device__ double block_largest(double x, double* partial) {
  for (unsigned step = kWarp / 2; step > 0; step /= 2) {
    const double other = __shfl_xor_sync(kAllLanes, x, step);
    x = other > x ? other : x;
  }
  if (threadIdx.x % kWarp == 0) partial[threadIdx.x / kWarp] = x;
  __syncthreads();
  for (unsigned warp = 0; warp < kWarps; ++warp) x = partial[warp] > x ? partial[warp] : x;
  return x;
}

// PairMean of pair_mean.h.
__device__ void average(const Request& request, int which, Shared& shared) {
  const size_t at = static_cast<size_t>(which) * request.samples + blockIdx.x, n = request.left_out;
  const double* distances = request.out.pairs + at * request.pairs;
  double largest = 0.0;
  for (size_t p = threadIdx.x; p < request.pairs; p += kThreads)
    largest = distances[p] > largest ? distances[p] : largest;
  const PairUnits scale = pair_units(block_largest(largest, shared.partial), request.headroom);
  for (size_t i = threadIdx.x; i < n; i += kThreads) shared.without[i] = 0;
  if (threadIdx.x == 0) shared.total = 0;
  __syncthreads();
  for (size_t p = threadIdx.x; p < request.pairs; p += kThreads) {
    const auto units = static_cast<unsigned long long>(in_units(distances[p], scale));
    atomicAdd(&shared.total, units);
    if (request.scheme == ViewScheme::Pairs) {
      const ViewPair pair = pair_at(request.scheme, request.views, p);
      atomicAdd(&shared.without[pair.first], units);
      atomicAdd(&shared.without[pair.second], units);
    } else {
      shared.without[p] = units;
    }
  }
  __syncthreads();
  const size_t removed = request.scheme == ViewScheme::Pairs ? n - 1 : 1;  // pairs that one view takes away
  const auto remaining = static_cast<double>(request.pairs - removed);
  for (size_t i = threadIdx.x; i < n; i += kThreads) {
    const auto rest = static_cast<int64_t>(shared.total - shared.without[i]);
    request.out.leave_one_out[at * n + i] =
        remaining > 0.0 ? static_cast<double>(rest) * scale.from_units / remaining : nan("");
    // Its place among the others: the standard error must not depend on their order.
    size_t place = 0;
    for (size_t j = 0; j < n; ++j) {
      const auto other = static_cast<int64_t>(shared.total - shared.without[j]);
      place += other < rest || (other == rest && j < i) ? 1 : 0;
    }
    shared.sorted[place] = rest;
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  request.out.standard_error[at] =
      remaining > 0.0 ? jackknife_error(shared.sorted, n, scale.from_units / remaining) : nan("");
  request.out.loss[at] = static_cast<double>(static_cast<int64_t>(shared.total)) * scale.from_units /
                         static_cast<double>(request.pairs);
}

// The results of a sample with a number that is not finite.
__device__ void give_up(const Request& request) {
  for (size_t i = 0; i < static_cast<size_t>(request.count); ++i) {
    const size_t at = i * request.samples + blockIdx.x;
    if (threadIdx.x == 0) request.out.loss[at] = request.out.standard_error[at] = nan("");
    for (size_t j = threadIdx.x; j < request.left_out; j += kThreads)
      request.out.leave_one_out[at * request.left_out + j] = nan("");
    for (size_t p = threadIdx.x; p < request.pairs; p += kThreads)
      request.out.pairs[at * request.pairs + p] = nan("");
  }
}

__global__ void alignment_kernel(Request request) {
  SSLMEM_SHARED(Shared, shared);
  const float* rows = request.representations + static_cast<size_t>(blockIdx.x) * request.views * request.dim;
  measure_norms(request, rows, shared.norms);
  __syncthreads();
  bool finite = true;
  for (size_t view = 0; view < request.views; ++view) finite = finite && shared.norms[view] <= DBL_MAX;
  if (!finite) return give_up(request);
  for (size_t pair = threadIdx.x / kWarp; pair < request.pairs; pair += kWarps)
    measure_pair(request, rows, shared.norms, pair, request.out.pairs);
  __syncthreads();
  for (int i = 0; i < request.count; ++i) average(request, i, shared);
}

}  // namespace

void alignment(const float* representations, size_t samples, size_t views, size_t dim,
               const AlignmentOptions& options, const AlignmentOutputs& outputs, Stream stream) {
  if (dim == 0) throw std::invalid_argument("Expected dim of at least 1 but received 0");
  const size_t pairs = view_pairs(options.scheme, views).size(), count = options.distances.size();
  if (views > kMaxAlignmentViews) {
    throw std::invalid_argument("Expected at most " + std::to_string(kMaxAlignmentViews) +
                                " views on a GPU but received " + std::to_string(views));
  }
  if (count > kMaxDistances) {
    throw std::invalid_argument("Expected at most " + std::to_string(kMaxDistances) +
                                " distances but received " + std::to_string(count));
  }
  if (samples == 0 || count == 0) return;
  Request request{representations,
                  samples,
                  views,
                  dim,
                  pairs,
                  left_out_count(options.scheme, views),
                  pair_headroom(pairs),
                  options.scheme,
                  options.normalize,
                  static_cast<int>(count),
                  {},
                  outputs};
  for (size_t i = 0; i < count; ++i) request.distances[i] = options.distances[i];
  SSLMEM_LAUNCH(alignment_kernel, block_count(samples, 1), kThreads, 0, stream, request);
}

}  // namespace sslmem::cuda
