#include "philox.h"

#include <stdexcept>
#include <string>

namespace sslmem {

namespace {

// Multipliers and Weyl increments of the paper (table 2; the increments are the golden ratio and sqrt(3) -
// 1).
constexpr uint32_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
constexpr uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;
constexpr int kRounds = 10;

}  // namespace

std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t product0 = static_cast<uint64_t>(kMultiplier0) * counter[0];
    const uint64_t product1 = static_cast<uint64_t>(kMultiplier1) * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

PhiloxStream::PhiloxStream(const ViewKey& key)
    : key_{static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)},
      counter_{0u, key.purpose << 24 | key.view, key.epoch, key.sample} {
  if (key.purpose > 0xFFu) {
    throw std::invalid_argument("Expected a purpose in [0, 255] but received " + std::to_string(key.purpose));
  }
  if (key.view > 0xFFFFFFu) {
    throw std::invalid_argument("Expected a view in [0, 16777215] but received " + std::to_string(key.view));
  }
}

uint32_t PhiloxStream::next() {
  if (used_ == 4) {
    block_ = philox4x32_10(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[static_cast<size_t>(used_++)];
}

uint32_t PhiloxStream::below(uint32_t bound) {
  uint64_t product = static_cast<uint64_t>(next()) * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t rejected = (0u - bound) % bound;  // 2^32 mod bound
    while (static_cast<uint32_t>(product) < rejected) product = static_cast<uint64_t>(next()) * bound;
  }
  return static_cast<uint32_t>(product >> 32);
}

}  // namespace sslmem
