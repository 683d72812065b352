#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace sslmem {

namespace {

// What the threads of one loop share. Indices are claimed in ascending order, so when some index fails, all
// lower ones have been claimed already and will still run to their end: the lowest failure is found always.
struct Loop {
  const size_t count;
  const CancelFlag& cancel;
  const std::function<void(size_t, size_t)>& body;
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::exception_ptr error;
  size_t error_index = 0;
  bool cancelled = false;

  Loop(size_t n, const CancelFlag& flag, const std::function<void(size_t, size_t)>& fn)
      : count(n), cancel(flag), body(fn) {}

  void fail(size_t index) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!error || index < error_index) {
      error = std::current_exception();
      error_index = index;
    }
    stop = true;
  }

  void run(size_t worker) {
    while (!stop) {
      if (cancel.requested()) {
        const std::lock_guard<std::mutex> lock(mutex);
        cancelled = true;
        stop = true;
        return;
      }
      const size_t index = next.fetch_add(1);
      if (index >= count) return;
      try {
        body(index, worker);
      } catch (...) {
        fail(index);
      }
    }
  }
};

}  // namespace

size_t hardware_threads() { return std::max<size_t>(1, std::thread::hardware_concurrency()); }

size_t parallel_workers(size_t count, size_t threads) {
  return std::max<size_t>(1, std::min(count, threads == 0 ? hardware_threads() : threads));
}

void parallel_for(size_t count, size_t threads, const CancelFlag& cancel,
                  const std::function<void(size_t, size_t)>& body) {
  Loop loop(count, cancel, body);
  std::vector<std::thread> helpers;
  const size_t workers = parallel_workers(count, threads);
  helpers.reserve(workers - 1);
  for (size_t worker = 1; worker < workers; ++worker) {
    try {
      helpers.emplace_back([&loop, worker] { loop.run(worker); });
    } catch (const std::system_error&) {
      break;  // The machine gives no more threads: those there are do the work.
    }
  }
  loop.run(0);
  for (auto& helper : helpers) helper.join();
  if (loop.error) std::rethrow_exception(loop.error);
  if (loop.cancelled) throw Cancelled();
}

}  // namespace sslmem
