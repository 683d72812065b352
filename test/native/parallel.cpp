#include "core/parallel.h"

#include <atomic>
#include <numeric>
#include <string>
#include <vector>

#include "check.h"

using namespace sslmem;

TEST(parallel_for_visits_every_index_once) {
  for (const size_t threads : {0, 1, 2, 7}) {
    for (const size_t count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> visits(count);
      const size_t workers = parallel_workers(count, threads);
      std::atomic<bool> worker_in_range{true};
      parallel_for(count, threads, {}, [&](size_t index, size_t worker) {
        ++visits[index];
        if (worker >= workers) worker_in_range = false;
      });
      for (const auto& visit : visits) CHECK_EQUAL(visit.load(), 1);
      CHECK(worker_in_range);
    }
  }
}

TEST(parallel_for_uses_no_more_threads_than_indices) {
  CHECK_EQUAL(parallel_workers(3, 8), 3u);
  CHECK_EQUAL(parallel_workers(8, 3), 3u);
  CHECK_EQUAL(parallel_workers(0, 8), 1u);
  CHECK_EQUAL(parallel_workers(1u << 30, 0), hardware_threads());
}

TEST(parallel_for_rethrows_the_error_of_the_lowest_index) {
  for (int trial = 0; trial < 200; ++trial) {
    const auto run = [] {
      parallel_for(500, 4, {}, [](size_t index, size_t) {
        if (index % 100 == 37) throw std::runtime_error("index " + std::to_string(index) + ".");
      });
    };
    CHECK_THROWS(std::runtime_error, run(), "index 37.");
  }
}

TEST(parallel_for_stops_when_asked_to) {
  for (const size_t threads : {1, 3}) {
    int32_t stop = 0;
    std::atomic<size_t> visited{0};
    const auto run = [&] {
      parallel_for(100000, threads, CancelFlag(&stop), [&](size_t index, size_t) {
        ++visited;
        if (index == 10) __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
      });
    };
    CHECK_THROWS(Cancelled, run(), "aborted");
    CHECK(visited >= 11 && visited < 100000);
  }
}
