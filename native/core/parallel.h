#pragma once
// A parallel loop whose outcome does not depend on the number of threads.

#include <cstddef>
#include <functional>

#include "cancel.h"

namespace sslmem {

/// Number of threads that run at once on this machine, at least 1.
size_t hardware_threads();

/// Calls body(index, worker) once for every index in [0, count), on up to `threads` threads (0: one per
/// hardware thread) of which the caller's is one. `worker` in [0, parallel_workers(count, threads)) names the
/// thread, for scratch memory. Indices are handed out in ascending order, one at a time, so `body` should do
/// at least some microseconds of work.
///
/// If bodies throw, the error of the lowest index is rethrown here, whatever the number of threads. The flag
/// is read before every index; once it is set, Cancelled is thrown (unless a body failed before). In both
/// cases every body that had begun has ended when this returns.
void parallel_for(size_t count, size_t threads, const CancelFlag& cancel,
                  const std::function<void(size_t index, size_t worker)>& body);

/// Number of threads that parallel_for uses at most for these arguments.
size_t parallel_workers(size_t count, size_t threads);

}  // namespace sslmem
