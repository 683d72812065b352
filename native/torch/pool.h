#pragma once
// Memory of large CPU tensors, kept for the next one. A training step makes and drops the same sizes again
// and again; from the C library each comes as fresh pages that the kernel clears and maps one by one, which
// on a bf16 step costs more time than the arithmetic between the convolutions.

namespace sslmem::torch {

/// Puts the pool in place of ATen's CPU allocator for the whole process; a second call does nothing. Blocks
/// below 1 MiB go to ATen's own allocator. What is in use and what is kept are together never more than a
/// quarter above what was in use at once.
void install_pool();

}  // namespace sslmem::torch
