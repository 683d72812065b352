#pragma once
// Random numbers for tests: SplitMix64 (Steele, Lea and Flood 2014), the same on every machine and
// independent of the generator under test.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

class TestRandom {
 public:
  explicit TestRandom(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [low, high], both included.
  size_t integer(size_t low, size_t high) { return low + static_cast<size_t>(next() % (high - low + 1)); }
  double normal() {
    return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform());
  }
  std::vector<float> normals(size_t count) {
    std::vector<float> out(count);
    for (auto& x : out) x = static_cast<float>(normal());
    return out;
  }

 private:
  uint64_t state_;
};
