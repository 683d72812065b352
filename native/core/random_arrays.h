#pragma once
// Arrays of random numbers of one key: weight initialisation, splits, epoch orders, synthetic images.

#include <cstddef>
#include <cstdint>

#include "philox.h"

namespace sslmem {

// Longest array of one key: the stream has 2^32 blocks of four words.
constexpr uint64_t kMaxRandomArray = uint64_t{1} << 33;

/// out[i] = draw i of PhiloxStream(key).uniform(): uniform on [0, 1), a multiple of 2^-24.
void random_uniform(const ViewKey& key, float* out, size_t count);

/// Standard normal numbers by Box and Muller (1958) in float64 from the uniform draws u0, u1, u2, …:
/// out[2i] = r cos(2 pi u[2i+1]), out[2i+1] = r sin(2 pi u[2i+1]), r = sqrt(-2 log(1 - u[2i])). The largest
/// value is sqrt(-2 log 2^-24) = 5.77.
void random_normal(const ViewKey& key, float* out, size_t count);

/// A uniform permutation of 0..count-1: Fisher and Yates, from the end, with unbiased bounded draws.
void random_permutation(const ViewKey& key, uint32_t* out, size_t count);

}  // namespace sslmem
