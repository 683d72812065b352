#pragma once
// Checks of what a launch is asked for, on the host.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace sslmem::cuda {

/// Throws std::invalid_argument unless both sides are in [1, 65535].
inline void check_size(int height, int width) {
  if (height >= 1 && width >= 1 && height <= 65535 && width <= 65535) return;
  throw std::invalid_argument("Expected views of 1 to 65535 pixels a side but received " +
                              std::to_string(height) + " x " + std::to_string(width));
}

/// views * blocks of each; throws std::invalid_argument if that is more than one launch takes.
inline unsigned block_count(uint64_t views, uint64_t blocks_each) {
  constexpr uint64_t kMost = 0x7FFFFFFF;
  if (blocks_each <= kMost && views <= kMost / blocks_each) return static_cast<unsigned>(views * blocks_each);
  throw std::invalid_argument("Expected at most " + std::to_string(kMost / blocks_each) +
                              " views of this size in one call but received " + std::to_string(views));
}

}  // namespace sslmem::cuda
