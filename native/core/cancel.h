#pragma once
// Asking long work to stop.

#include <cstdint>
#include <stdexcept>

namespace sslmem {

/// Thrown by work that stopped because it was asked to.
struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("The operation was aborted") {}
};

/// A flag that another thread may set at any time: non-zero means stop. The word is borrowed (it may lie in a
/// JavaScript SharedArrayBuffer); without one the work cannot be cancelled.
class CancelFlag {
 public:
  CancelFlag() = default;
  explicit CancelFlag(const int32_t* word) : word_(word) {}

  bool requested() const { return word_ != nullptr && __atomic_load_n(word_, __ATOMIC_RELAXED) != 0; }
  void check() const {
    if (requested()) throw Cancelled();
  }

 private:
  const int32_t* word_ = nullptr;
};

}  // namespace sslmem
