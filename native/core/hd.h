#pragma once
// SSLMEM_HD marks inline functions that host and device share: the arithmetic of a pixel is written once.

#if defined(__CUDACC__)
#define SSLMEM_HD __host__ __device__ __forceinline__
#else
#include "multiversion.h"
#define SSLMEM_HD SSLMEM_INLINE
#endif
