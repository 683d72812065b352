#pragma once
// Runs .cu files on the host, for tests: the threads of a block are fibres of one thread, blocks come one
// after the other. One warp runs until it waits at __syncthreads, lane after lane between its shuffles, then
// the next: the order of warps and of lanes is drawn anew each time from cuda_host::seed(), so that a missing
// barrier changes results. Shared memory lies on the heap, filled with 0xFF bytes (NaN) before each block, so
// that sanitizers see what is read beyond it and tests see what was never written.

#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace cuda_host {

constexpr unsigned kWarp = 32;
constexpr size_t kStackBytes = 128 * 1024;

struct Index {
  unsigned x = 0;
};

/// Where the order of the fibres comes from; a test may set it.
inline uint64_t& seed() {
  static uint64_t value = 1;
  return value;
}

/// Everything that SSLMEM_SHARED declares, to be poisoned before each block.
struct Shared {
  std::unique_ptr<unsigned char[]> bytes;
  size_t size;
};
inline std::vector<Shared>& shared_objects() {
  static std::vector<Shared> list;
  return list;
}
inline unsigned char* new_shared_object(size_t size) {
  Shared object{std::unique_ptr<unsigned char[]>(new unsigned char[size]), size};
  std::memset(object.bytes.get(), 0xFF, size);
  shared_objects().push_back(std::move(object));
  return shared_objects().back().bytes.get();
}

/// The block that runs now.
class Block {
 public:
  Block(unsigned grid, unsigned threads, size_t shared_bytes, std::function<void()> kernel)
      : kernel_(std::move(kernel)), dynamic_((shared_bytes + 7) / 8), threads_(threads), slots_(threads) {
    grid_.x = grid;
    block_.x = threads;
    for (auto& thread : threads_) thread.stack.reset(new unsigned char[kStackBytes]);
  }

  static Block*& current() {
    static Block* block = nullptr;
    return block;
  }

  void run(unsigned index) {
    index_.x = index;
    for (const auto& object : shared_objects()) std::memset(object.bytes.get(), 0xFF, object.size);
    if (!dynamic_.empty()) std::memset(dynamic_.data(), 0xFF, dynamic_.size() * sizeof(double));
    for (auto& thread : threads_) prepare(thread);
    std::vector<unsigned> warps = numbers((threads_.size() + kWarp - 1) / kWarp);
    do {
      shuffle(warps);
      for (const unsigned warp : warps) run_warp(warp);
    } while (release_block());
  }

  Index thread() const { return {running_}; }
  Index block() const { return index_; }
  Index block_size() const { return block_; }
  Index grid_size() const { return grid_; }
  double* dynamic() { return dynamic_.data(); }

  void wait_for_block() { wait(State::AtBlock); }

  /// The value of lane (own lane ^ step) of the warp.
  template <class T>
  T exchange(T value, unsigned step) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "a register or two");
    const unsigned self = running_, other = self ^ step;
    std::memcpy(&slots_[self], &value, sizeof(T));
    wait(State::AtWarp);
    T received;
    std::memcpy(&received, &slots_[other], sizeof(T));
    wait(State::AtWarp);
    return received;
  }

 private:
  enum class State { Ready, AtBlock, AtWarp, Done };
  struct Thread {
    std::unique_ptr<unsigned char[]> stack;
    ucontext_t context;
    State state = State::Done;
    void* fake_stack = nullptr;
  };

  void prepare(Thread& thread) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(thread.stack.get(), kStackBytes);
#endif
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.get();
    thread.context.uc_stack.ss_size = kStackBytes;
    thread.context.uc_link = nullptr;
    makecontext(&thread.context, &Block::enter, 0);
    thread.state = State::Ready;
  }

  static void enter() {
    Block* self = current();
    self->finish_switch(nullptr, true);
    self->kernel_();
    self->threads_[self->running_].state = State::Done;
    self->leave(true);
  }

  // From the scheduler into a fibre, and back.
  void resume(unsigned i) {
    running_ = i;
    Thread& thread = threads_[i];
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack_, thread.stack.get(), kStackBytes);
#endif
    swapcontext(&scheduler_, &thread.context);
    finish_switch(fake_stack_, false);
  }
  void leave(bool for_good) {
    Thread& thread = threads_[running_];
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &thread.fake_stack, stack_bottom_, stack_size_);
#endif
    (void)for_good;
    swapcontext(&thread.context, &scheduler_);
    finish_switch(thread.fake_stack, true);
  }
  void finish_switch(void* fake_stack, bool in_fibre) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack, in_fibre ? &stack_bottom_ : nullptr,
                                    in_fibre ? &stack_size_ : nullptr);
#endif
    (void)fake_stack, (void)in_fibre;
  }

  void wait(State state) {
    threads_[running_].state = state;
    leave(false);
  }

  // Runs a warp as far as it gets, lane after lane in an order of its own.
  void run_warp(unsigned warp) {
    const size_t first = static_cast<size_t>(warp) * kWarp,
                 lanes = std::min<size_t>(kWarp, threads_.size() - first);
    std::vector<unsigned> order = numbers(lanes);
    while (true) {
      shuffle(order);
      for (const unsigned lane : order) {
        if (threads_[first + lane].state == State::Ready) resume(static_cast<unsigned>(first) + lane);
      }
      size_t waiting = 0;
      for (size_t i = 0; i < lanes; ++i) waiting += threads_[first + i].state == State::AtWarp ? 1 : 0;
      if (waiting == 0) return;
      if (waiting < kWarp) fail("a warp shuffle that not all lanes take part in");
      for (size_t i = 0; i < lanes; ++i) threads_[first + i].state = State::Ready;
    }
  }

  // Lets all go on that wait for the block; false when all are done.
  bool release_block() {
    size_t waiting = 0;
    for (const auto& thread : threads_) waiting += thread.state == State::AtBlock ? 1 : 0;
    if (waiting == 0) return false;
    if (waiting < threads_.size()) fail("a __syncthreads that not all threads take part in");
    for (auto& thread : threads_) thread.state = State::Ready;
    return true;
  }

  static std::vector<unsigned> numbers(size_t count) {
    std::vector<unsigned> out(count);
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<unsigned>(i);
    return out;
  }

  [[noreturn]] void fail(const char* what) {
    throw std::runtime_error("block " + std::to_string(index_.x) + ": " + what);
  }

  void shuffle(std::vector<unsigned>& order) {
    for (size_t i = order.size(); i > 1; --i) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      std::swap(order[i - 1], order[(state_ >> 33) % i]);
    }
  }

  std::function<void()> kernel_;
  std::vector<double> dynamic_;
  std::vector<Thread> threads_;
  std::vector<uint64_t> slots_;
  Index grid_, block_, index_;
  unsigned running_ = 0;
  uint64_t state_ = seed();
  ucontext_t scheduler_;
  void* fake_stack_ = nullptr;
  const void* stack_bottom_ = nullptr;
  size_t stack_size_ = 0;
};

template <class Kernel>
void launch(unsigned grid, unsigned threads, size_t shared_bytes, const Kernel& kernel) {
  if (grid == 0 || threads == 0 || threads > 1024) throw std::runtime_error("a launch that CUDA refuses");
  if (shared_bytes > 48 * 1024) throw std::runtime_error("more than 48 KiB of shared memory");
  Block block(grid, threads, shared_bytes, kernel);
  Block::current() = &block;
  try {
    for (unsigned i = 0; i < grid; ++i) block.run(i);
  } catch (...) {
    Block::current() = nullptr;
    throw;
  }
  Block::current() = nullptr;
}

}  // namespace cuda_host

#define __global__
#define __device__
#define threadIdx (::cuda_host::Block::current()->thread())
#define blockIdx (::cuda_host::Block::current()->block())
#define blockDim (::cuda_host::Block::current()->block_size())
#define gridDim (::cuda_host::Block::current()->grid_size())

#define SSLMEM_LAUNCH(kernel, grid, block, shared, stream, ...)                     \
  do {                                                                              \
    (void)(stream);                                                                 \
    ::cuda_host::launch((grid), (block), (shared), [&] { (kernel)(__VA_ARGS__); }); \
  } while (false)
#define SSLMEM_SHARED(type, name)                                                                           \
  static type* const name##_object = reinterpret_cast<type*>(::cuda_host::new_shared_object(sizeof(type))); \
  type& name = *name##_object
#define SSLMEM_DYNAMIC_SHARED(name) double* const name = ::cuda_host::Block::current()->dynamic()

inline void __syncthreads() { cuda_host::Block::current()->wait_for_block(); }
template <class T>
T __shfl_xor_sync(unsigned mask, T value, unsigned step) {
  if (mask != 0xFFFFFFFFu) throw std::runtime_error("only whole warps are emulated");
  return cuda_host::Block::current()->exchange(value, step);
}
template <class T>
T atomicAdd(T* to, T value) {
  const T before = *to;
  *to = before + value;
  return before;
}
template <class T>
T atomicMin(T* to, T value) {
  const T before = *to;
  *to = std::min(before, value);
  return before;
}
