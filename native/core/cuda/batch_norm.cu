// Three kernels each way: sums of pieces of the rows, the channels' figures from those, and the result.
//
// The blocks of the first and the last are cut alike: a tile of channels, `lanes` threads wide with a vector
// of them each, times a piece of the rows, which the block's remaining threads take in turn.

#include "core/cuda/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/bf16.h"
#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"

namespace sslmem::cuda {

namespace {

constexpr unsigned kThreads = 256;
constexpr size_t kGroup = 64;          // rows that a thread adds in float32
constexpr size_t kRowsOfThread = 8;    // at least, so that a block is worth its start
constexpr size_t kBlocks = 1024;       // in all: 8 for each of an H100's 132 multiprocessors
constexpr unsigned kSumChannels = 32;  // that a block of sum_up takes

__device__ inline float load(float x) { return x; }
__device__ inline float load(BFloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float out;
  memcpy(&out, &bits, sizeof out);
  return out;
}
__device__ inline void store(float& to, float x) { to = x; }
__device__ inline void store(BFloat16& to, float x) { to.bits = bf16_bits(x); }

// V neighbouring channels, moved at once.
template <class T, int V>
struct alignas(sizeof(T) * V) Vector {
  T values[V];
};
template <class T, int V>
__device__ inline Vector<T, V> vector_at(const T* from) {
  return *reinterpret_cast<const Vector<T, V>*>(from);
}

// How the work is cut: a function of the shape alone.
struct Cut {
  size_t rows, channels, pieces;
  unsigned lanes, tiles;  // threads of a block side by side, and blocks side by side

  __device__ size_t channel(int width) const {
    return (static_cast<size_t>(blockIdx.x % tiles) * lanes + threadIdx.x % lanes) *
           static_cast<size_t>(width);
  }
  __device__ size_t piece() const { return blockIdx.x / tiles; }
  __device__ size_t first_row() const { return rows * piece() / pieces + threadIdx.x / lanes; }
  __device__ size_t end_row() const { return rows * (piece() + 1) / pieces; }
  __device__ size_t step() const { return kThreads / lanes; }
};

Cut cut_of(size_t rows, size_t channels, int width) {
  if (rows == 0 || channels == 0)
    throw std::invalid_argument("Expected at least one row and one channel for a batch normalisation");
  const size_t vectors = (channels + static_cast<size_t>(width) - 1) / static_cast<size_t>(width);
  Cut cut{rows, channels, 1, 1, 1};
  while (cut.lanes < kWarp && cut.lanes < vectors) cut.lanes *= 2;
  const size_t tiles = (vectors + cut.lanes - 1) / cut.lanes, height = kThreads / cut.lanes * kRowsOfThread;
  cut.tiles = block_count(tiles, 1);
  cut.pieces = std::max<size_t>(1, std::min((rows + height - 1) / height, kBlocks / tiles));
  return cut;
}

// What the first kernel adds up for a channel, over rows: x - shift and its square.
template <class T, int V>
struct Moments {
  const T* x;

  struct Channel {
    float shift[V];
  };
  // Differences from the first row cancel far less than the values do.
  __device__ Channel channel(size_t c) const {
    Channel out;
    const auto row = vector_at<T, V>(x + c);
    for (int i = 0; i < V; ++i) out.shift[i] = load(row.values[i]);
    return out;
  }
  __device__ void add(size_t at, const Channel& channel, float* first, float* second) const {
    const auto row = vector_at<T, V>(x + at);
    for (int i = 0; i < V; ++i) {
      const float v = load(row.values[i]) - channel.shift[i];
      first[i] += v;
      second[i] += v * v;
    }
  }
};

// The gradient behind the ReLU, from dy and the ReLU's result.
template <class T, int V>
__device__ inline void gradient_behind(const T* dy, const T* y, size_t at, float* dz) {
  const auto top = vector_at<T, V>(dy + at);
  for (int i = 0; i < V; ++i) dz[i] = load(top.values[i]);
  if (y == nullptr) return;
  const auto out = vector_at<T, V>(y + at);
  for (int i = 0; i < V; ++i) dz[i] = load(out.values[i]) > 0.0f ? dz[i] : 0.0f;
}

// Backward: dz and dz (x - mean).
template <class T, int V>
struct Products {
  const T *dy, *x, *y;
  const float* mean;

  struct Channel {
    float mean[V];
  };
  __device__ Channel channel(size_t c) const {
    Channel out;
    for (int i = 0; i < V; ++i) out.mean[i] = mean[c + static_cast<size_t>(i)];
    return out;
  }
  __device__ void add(size_t at, const Channel& channel, float* first, float* second) const {
    float dz[V];
    gradient_behind<T, V>(dy, y, at, dz);
    const auto in = vector_at<T, V>(x + at);
    for (int i = 0; i < V; ++i) {
      first[i] += dz[i];
      second[i] += dz[i] * (load(in.values[i]) - channel.mean[i]);
    }
  }
};

// Sum over the threads above each other of one number each; the result is the lowest row of threads'.
__device__ inline double sum_above(double x, double* shared, unsigned lanes) {
  __syncthreads();  // an earlier sum has been read
  shared[threadIdx.x] = x;
  for (unsigned half = kThreads / 2; half >= lanes; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
  }
  return shared[threadIdx.x];
}

// partial [pieces, 2, channels]
template <int V, class Terms>
__global__ void sum_kernel(Terms terms, Cut cut, double* partial) {
  SSLMEM_DYNAMIC_SHARED(shared);
  const size_t c = cut.channel(V);
  double first[V] = {}, second[V] = {};
  if (c < cut.channels) {
    const typename Terms::Channel channel = terms.channel(c);
    for (size_t row = cut.first_row(), end = cut.end_row(); row < end;) {
      float a[V] = {}, b[V] = {};
      for (size_t n = 0; n < kGroup && row < end; ++n, row += cut.step())
        terms.add(row * cut.channels + c, channel, a, b);
      for (int i = 0; i < V; ++i) {
        first[i] += static_cast<double>(a[i]);
        second[i] += static_cast<double>(b[i]);
      }
    }
  }
  for (int i = 0; i < V; ++i) {
    const double a = sum_above(first[i], shared, cut.lanes), b = sum_above(second[i], shared, cut.lanes);
    if (threadIdx.x < cut.lanes && c < cut.channels) {
      double* out = partial + cut.piece() * 2 * cut.channels + c + static_cast<size_t>(i);
      out[0] = a;
      out[cut.channels] = b;
    }
  }
}

// Both sums of channel blockIdx.x * 32 + threadIdx.x % 32, in the first 32 threads.
struct Pair {
  double first, second;
};
__device__ Pair sum_up(const double* partial, const Cut& cut, size_t c, double* shared) {
  Pair sums{0.0, 0.0};
  for (size_t piece = threadIdx.x / kSumChannels; c < cut.channels && piece < cut.pieces;
       piece += kThreads / kSumChannels) {
    sums.first += partial[piece * 2 * cut.channels + c];
    sums.second += partial[(piece * 2 + 1) * cut.channels + c];
  }
  sums.first = sum_above(sums.first, shared, kSumChannels);
  sums.second = sum_above(sums.second, shared, kSumChannels);
  return sums;
}

// y = x scale + offset; factors [2, channels] takes both.
template <class T>
__global__ void statistics_kernel(BatchNormForward<T> call, Cut cut, const double* partial, float* factors) {
  SSLMEM_DYNAMIC_SHARED(shared);
  const size_t c = static_cast<size_t>(blockIdx.x) * kSumChannels + threadIdx.x % kSumChannels;
  const Pair sums = sum_up(partial, cut, c, shared);
  if (threadIdx.x >= kSumChannels || c >= cut.channels) return;
  const auto n = static_cast<double>(cut.rows);
  const double away = sums.first / n, spread = sums.second / n - away * away;
  const double variance = spread > 0.0 || spread != spread ? spread : 0.0;
  const double mean = static_cast<double>(load(call.x[c])) + away;
  const double invstd = 1.0 / sqrt(variance + call.epsilon);
  call.mean[c] = static_cast<float>(mean);
  call.variance[c] = static_cast<float>(cut.rows > 1 ? variance * n / (n - 1.0) : variance);
  call.invstd[c] = static_cast<float>(invstd);
  const double factor = static_cast<double>(call.gamma[c]) * invstd;
  factors[c] = static_cast<float>(factor);
  factors[cut.channels + c] = static_cast<float>(static_cast<double>(call.beta[c]) - mean * factor);
}

template <class T, int V>
__global__ void result_kernel(BatchNormForward<T> call, Cut cut, const float* factors) {
  const size_t c = cut.channel(V);
  if (c >= cut.channels) return;
  float scale[V], offset[V];
  for (int i = 0; i < V; ++i) {
    scale[i] = factors[c + static_cast<size_t>(i)];
    offset[i] = factors[cut.channels + c + static_cast<size_t>(i)];
  }
  for (size_t row = cut.first_row(), end = cut.end_row(); row < end; row += cut.step()) {
    const size_t at = row * cut.channels + c;
    const auto in = vector_at<T, V>(call.x + at);
    float v[V];
    for (int i = 0; i < V; ++i) v[i] = load(in.values[i]) * scale[i] + offset[i];
    if (call.residual != nullptr) {
      const auto shortcut = vector_at<T, V>(call.residual + at);
      for (int i = 0; i < V; ++i) v[i] += load(shortcut.values[i]);
    }
    Vector<T, V> out;
    for (int i = 0; i < V; ++i) store(out.values[i], !call.relu || v[i] > 0.0f || v[i] != v[i] ? v[i] : 0.0f);
    *reinterpret_cast<Vector<T, V>*>(call.y + at) = out;
  }
}

// dx = a dz - b x - k, from dx = gamma r (dz - mean(dz) - (x - mean) r^2 mean(dz (x - mean))), r = invstd;
// factors [3, channels] takes a, b and k.
template <class T>
__global__ void slopes_kernel(BatchNormBackward<T> call, Cut cut, const double* partial, float* factors) {
  SSLMEM_DYNAMIC_SHARED(shared);
  const size_t c = static_cast<size_t>(blockIdx.x) * kSumChannels + threadIdx.x % kSumChannels;
  const Pair sums = sum_up(partial, cut, c, shared);
  if (threadIdx.x >= kSumChannels || c >= cut.channels) return;
  const auto n = static_cast<double>(cut.rows);
  const double r = static_cast<double>(call.invstd[c]), g = static_cast<double>(call.gamma[c]);
  const double slope = g * r * r * r * sums.second / n;
  call.dgamma[c] = static_cast<float>(sums.second * r);
  call.dbeta[c] = static_cast<float>(sums.first);
  factors[c] = static_cast<float>(g * r);
  factors[cut.channels + c] = static_cast<float>(slope);
  factors[2 * cut.channels + c] =
      static_cast<float>(g * r * sums.first / n - slope * static_cast<double>(call.mean[c]));
}

template <class T, int V>
__global__ void gradient_kernel(BatchNormBackward<T> call, Cut cut, const float* factors) {
  const size_t c = cut.channel(V);
  if (c >= cut.channels) return;
  float a[V], b[V], k[V];
  for (int i = 0; i < V; ++i) {
    a[i] = factors[c + static_cast<size_t>(i)];
    b[i] = factors[cut.channels + c + static_cast<size_t>(i)];
    k[i] = factors[2 * cut.channels + c + static_cast<size_t>(i)];
  }
  for (size_t row = cut.first_row(), end = cut.end_row(); row < end; row += cut.step()) {
    const size_t at = row * cut.channels + c;
    float dz[V];
    gradient_behind<T, V>(call.dy, call.y, at, dz);
    const auto in = vector_at<T, V>(call.x + at);
    Vector<T, V> dx, shortcut;
    for (int i = 0; i < V; ++i) {
      store(dx.values[i], a[i] * dz[i] - b[i] * load(in.values[i]) - k[i]);
      store(shortcut.values[i], dz[i]);
    }
    *reinterpret_cast<Vector<T, V>*>(call.dx + at) = dx;
    if (call.dresidual != nullptr) *reinterpret_cast<Vector<T, V>*>(call.dresidual + at) = shortcut;
  }
}

unsigned blocks_of(const Cut& cut) { return block_count(cut.pieces, cut.tiles); }
unsigned sum_blocks(size_t channels) { return block_count((channels + kSumChannels - 1) / kSumChannels, 1); }
constexpr size_t kShared = kThreads * sizeof(double);

template <class T, int V>
void forward(const BatchNormForward<T>& call, double* partial, Stream stream) {
  const Cut cut = cut_of(call.rows, call.channels, V);
  auto* factors = reinterpret_cast<float*>(partial + 2 * cut.pieces * cut.channels);
  constexpr auto batch_norm_sums = sum_kernel<V, Moments<T, V>>;
  constexpr auto batch_norm_result = result_kernel<T, V>;
  SSLMEM_LAUNCH(batch_norm_sums, blocks_of(cut), kThreads, kShared, stream, Moments<T, V>{call.x}, cut,
                partial);
  SSLMEM_LAUNCH(statistics_kernel<T>, sum_blocks(cut.channels), kThreads, kShared, stream, call, cut, partial,
                factors);
  SSLMEM_LAUNCH(batch_norm_result, blocks_of(cut), kThreads, 0, stream, call, cut, factors);
}

template <class T, int V>
void backward(const BatchNormBackward<T>& call, double* partial, Stream stream) {
  const Cut cut = cut_of(call.rows, call.channels, V);
  auto* factors = reinterpret_cast<float*>(partial + 2 * cut.pieces * cut.channels);
  constexpr auto batch_norm_sums = sum_kernel<V, Products<T, V>>;
  constexpr auto batch_norm_gradients = gradient_kernel<T, V>;
  const Products<T, V> terms{call.dy, call.x, call.y, call.mean};
  SSLMEM_LAUNCH(batch_norm_sums, blocks_of(cut), kThreads, kShared, stream, terms, cut, partial);
  SSLMEM_LAUNCH(slopes_kernel<T>, sum_blocks(cut.channels), kThreads, kShared, stream, call, cut, partial,
                factors);
  SSLMEM_LAUNCH(batch_norm_gradients, blocks_of(cut), kThreads, 0, stream, call, cut, factors);
}

// Whether vectors of 16 bytes fit: rows and all pointers (null is) aligned for them.
template <class T, class... Pointers>
bool fits(size_t channels, const Pointers*... pointers) {
  const bool aligned = (... && (reinterpret_cast<uintptr_t>(pointers) % 16 == 0));
  return aligned && channels * sizeof(T) % 16 == 0;
}

}  // namespace

size_t batch_norm_workspace(size_t rows, size_t channels) {
  size_t pieces = 0;
  for (const int width : {1, 4, 8}) pieces = std::max(pieces, cut_of(rows, channels, width).pieces);
  return 2 * pieces * channels * sizeof(double) + 3 * channels * sizeof(float);
}

template <class T>
void batch_norm(const BatchNormForward<T>& call, void* workspace, Stream stream) {
  constexpr int kWide = 16 / sizeof(T);
  auto* partial = static_cast<double*>(workspace);
  if (fits<T>(call.channels, call.x, call.residual, call.y))
    forward<T, kWide>(call, partial, stream);
  else
    forward<T, 1>(call, partial, stream);
}

template <class T>
void batch_norm_gradient(const BatchNormBackward<T>& call, void* workspace, Stream stream) {
  constexpr int kWide = 16 / sizeof(T);
  auto* partial = static_cast<double*>(workspace);
  if (fits<T>(call.channels, call.x, call.dy, call.y, call.dx, call.dresidual))
    backward<T, kWide>(call, partial, stream);
  else
    backward<T, 1>(call, partial, stream);
}

template void batch_norm(const BatchNormForward<float>&, void*, Stream);
template void batch_norm(const BatchNormForward<BFloat16>&, void*, Stream);
template void batch_norm_gradient(const BatchNormBackward<float>&, void*, Stream);
template void batch_norm_gradient(const BatchNormBackward<BFloat16>&, void*, Stream);

}  // namespace sslmem::cuda
