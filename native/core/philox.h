#pragma once
// Counter-based random numbers (rule 7 of the design): what a sample gets depends on its key alone, never on
// batches, workers or the order in which anything is computed.

#include <array>
#include <cstdint>

namespace sslmem {

/// What a random stream is for. The same list is kept in src/native/purposes.ts.
enum class Purpose : uint32_t {
  TrainViews = 0,
  ScoreViews = 1,
  EpochOrder = 2,
  Split = 3,
  WeightInit = 4,
  SyntheticImages = 5,
  PatchMask = 6,
  Evaluation = 7,
};

/// Names one random stream.
struct ViewKey {
  uint64_t seed = 0;     ///< run seed; its low and high words are the Philox key
  uint32_t purpose = 0;  ///< 0..255, see Purpose
  uint32_t epoch = 0;
  uint32_t sample = 0;  ///< index of the image in the manifest
  uint32_t view = 0;    ///< 0..2^24-1
};

/// The block function Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC
/// 2011), equal to the known answers of Random123.
std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// The stream of draws of one key: block b has counter (b, purpose << 24 | view, epoch, sample) and gives
/// four words, which are handed out in their order. Throws std::invalid_argument if purpose >= 2^8 or view >=
/// 2^24.
class PhiloxStream {
 public:
  explicit PhiloxStream(const ViewKey& key);

  uint32_t next();

  /// Uniform on [0, 1): the 24 upper bits of one word times 2^-24 (exact in float32).
  double uniform() { return static_cast<double>(next() >> 8) * 0x1p-24; }

  /// low + (high - low) * uniform().
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Uniform on {0, .., bound - 1}, unbiased (Lemire's multiplication with rejection). bound >= 1.
  uint32_t below(uint32_t bound);

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace sslmem
