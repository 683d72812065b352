#include "pool.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>

namespace sslmem::torch {

namespace {

constexpr size_t kLarge = size_t{1} << 20;
constexpr size_t kHugePage = size_t{2} << 20;

/// Sizes are rounded up so that nearly equal tensors share blocks: to an eighth of the power of two below.
size_t rounded(size_t bytes) {
  size_t step = kLarge / 8;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

class Pool final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* block = bytes < kLarge ? c10::alloc_cpu(bytes) : large(rounded(bytes));
    return {block, block, &Pool::give_back, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &Pool::give_back; }
  void copy_data(void* to, const void* from, size_t count) const override { std::memcpy(to, from, count); }

  static Pool& instance() {
    static Pool& pool = *new Pool;  // tensors may outlive every static object
    return pool;
  }

 private:
  std::mutex mutex_;
  std::multimap<size_t, void*> free_;
  std::map<void*, size_t> living_;
  size_t used_ = 0, kept_ = 0, most_ = 0;

  void* large(size_t size) {
    void* block = take(size);
    return block == nullptr ? fresh(size) : block;
  }

  void* take(size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = free_.find(size);
    if (found == free_.end()) return nullptr;
    void* block = found->second;
    free_.erase(found);
    kept_ -= size;
    adopt(block, size);
    return block;
  }

  void* fresh(size_t size) {
    make_room(size);
    void* block = nullptr;
    try {
      block = c10::alloc_cpu(size);
    } catch (const c10::Error&) {
      make_room(SIZE_MAX);
      block = c10::alloc_cpu(size);
    }
    const auto address = reinterpret_cast<uintptr_t>(block);
    const uintptr_t first = (address + kHugePage - 1) / kHugePage * kHugePage;
    if (first + kHugePage <= address + size)  // a hint: that it is refused changes nothing
      madvise(reinterpret_cast<void*>(first), (address + size - first) / kHugePage * kHugePage,
              MADV_HUGEPAGE);
    const std::lock_guard<std::mutex> lock(mutex_);
    adopt(block, size);
    return block;
  }

  /// Gives kept blocks back until so many bytes more are within the limit, or none is left.
  void make_room(size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const size_t limit = most_ + most_ / 4;
    while (!free_.empty() && (size > limit || used_ + kept_ > limit - size)) {
      const auto largest = std::prev(free_.end());
      c10::free_cpu(largest->second);
      kept_ -= largest->first;
      free_.erase(largest);
    }
  }

  void adopt(void* block, size_t size) {
    living_.emplace(block, size);
    used_ += size;
    most_ = used_ > most_ ? used_ : most_;
  }

  static void give_back(void* block) {
    if (!instance().keep(block)) c10::free_cpu(block);
  }

  /// Keeps a large block for later; false for others, and for one too many.
  bool keep(void* block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = living_.find(block);
    if (found == living_.end()) return false;
    const size_t size = found->second;
    living_.erase(found);
    used_ -= size;
    if (used_ + kept_ + size > most_ + most_ / 4) return false;
    free_.emplace(size, block);
    kept_ += size;
    return true;
  }
};

}  // namespace

void install_pool() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(&Pool::instance(), 1); });
}

}  // namespace sslmem::torch
