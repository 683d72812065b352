#pragma once
// Function multiversioning: one source, compiled for several instruction sets, chosen once when the library
// is loaded. On a compiler or machine without it the portable code is all there is.
//
// SSLMEM_MULTIVERSION goes before the definition of a kernel (not inside a class, not on a template). What
// the kernel calls must be inlined into it (SSLMEM_INLINE), else that part stays portable. Contraction is off
// (CMakeLists.txt), so all versions give the same bits if the order of additions is written out, for instance
// with a fixed number of lanes.

// The versions go by what the processor can do. (Names of processors, such as arch=haswell, are matched by
// the maker: an AMD with AVX2 would get the portable code.) GCC before 12 does not know the levels.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__) && \
    !defined(SSLMEM_PORTABLE)
#if __GNUC__ >= 12
#define SSLMEM_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SSLMEM_MULTIVERSION __attribute__((target_clones("avx2", "default")))
#endif
#else
#define SSLMEM_MULTIVERSION
#endif

#define SSLMEM_INLINE inline __attribute__((always_inline))

namespace sslmem {

/// The version that SSLMEM_MULTIVERSION picks on this machine: "avx512", "avx2", "baseline" or "neon".
inline const char* simd_level() {
#if defined(__aarch64__)
  return "neon";
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__) && \
    !defined(SSLMEM_PORTABLE)
#if __GNUC__ >= 12
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  return __builtin_cpu_supports("x86-64-v3") ? "avx2" : "baseline";
#else
  return __builtin_cpu_supports("avx2") ? "avx2" : "baseline";
#endif
#else
  return "baseline";
#endif
}

}  // namespace sslmem
