// The emulation of CUDA itself: what the tests of the kernels rest on.

#include "core/cuda/launch.h"

#include <vector>

#include "check.h"

namespace {

using sslmem::cuda::block_sum;

struct Tile {
  int values[96];
};

__global__ void reverse_kernel(const int* from, int* to, bool waits) {
  SSLMEM_SHARED(Tile, tile);
  tile.values[threadIdx.x] = from[blockIdx.x * blockDim.x + threadIdx.x];
  if (waits) __syncthreads();
  to[blockIdx.x * blockDim.x + threadIdx.x] = tile.values[blockDim.x - 1 - threadIdx.x];
}

__global__ void sum_kernel(const double* from, double* to, unsigned* count, unsigned long long* least) {
  SSLMEM_DYNAMIC_SHARED(partial);
  const double x = from[threadIdx.x];
  const double sum = block_sum(x, partial), again = block_sum(2.0 * x, partial);
  to[threadIdx.x] = sum + again;
  atomicAdd(count, 1u);
  atomicMin(least, 1000ull - threadIdx.x);
}

__global__ void diverging_kernel(bool at_block) {
  if (threadIdx.x == 3) return;
  if (at_block) __syncthreads();
  if (!at_block) __shfl_xor_sync(0xFFFFFFFFu, 1, 1u);
}

std::vector<int> reversed(bool waits, uint64_t seed) {
  cuda_host::seed() = seed;
  std::vector<int> from(3 * 96), to(3 * 96, -7);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<int>(i);
  SSLMEM_LAUNCH(reverse_kernel, 3, 96, 0, nullptr, from.data(), to.data(), waits);
  return to;
}

TEST(cuda_host_runs_blocks_and_barriers) {
  for (const uint64_t seed : {1, 2, 3}) {
    const auto to = reversed(true, seed);
    for (size_t i = 0; i < to.size(); ++i) CHECK_EQUAL(to[i], static_cast<int>(i / 96 * 96 + 95 - i % 96));
  }
}

TEST(cuda_host_shows_a_missing_barrier) {
  CHECK(reversed(false, 1) != reversed(true, 1));
  CHECK(reversed(false, 1) != reversed(false, 2));
}

TEST(cuda_host_sums_by_warp_shuffles_and_counts_by_atomics) {
  std::vector<double> from(160), to(160);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<double>(i);
  unsigned count = 0;
  unsigned long long least = ~0ull;
  SSLMEM_LAUNCH(sum_kernel, 1, 160, 5 * sizeof(double), nullptr, from.data(), to.data(), &count, &least);
  for (const double sum : to) CHECK_EQUAL(sum, 3.0 * 159.0 * 80.0);
  CHECK_EQUAL(count, 160u);
  CHECK_EQUAL(least, 1000ull - 159ull);
}

void diverge(bool at_block) { SSLMEM_LAUNCH(diverging_kernel, 1, 64, 0, nullptr, at_block); }

TEST(cuda_host_refuses_barriers_that_not_all_reach) {
  CHECK_THROWS(std::runtime_error, diverge(true), "__syncthreads that not all threads");
  CHECK_THROWS(std::runtime_error, diverge(false), "shuffle that not all lanes");
}

}  // namespace
