#include "core/philox.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "core/mask.h"

namespace sslmem {
namespace {

using Block = std::array<uint32_t, 4>;

TEST(philox_gives_the_known_answers_of_random123) {
  // tests/kat_vectors of Random123, "philox4x32 10".
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(philox_stream_has_the_documented_counter_and_key) {
  PhiloxStream stream({0x123456789abcdefull, 6, 77, 4000000000u, 0xabcdef});
  for (uint32_t block = 0; block < 3; ++block) {
    const Block expected = philox4x32_10({block, 0x06abcdef, 77, 4000000000u}, {0x89abcdef, 0x01234567});
    for (const uint32_t word : expected) CHECK_EQUAL(stream.next(), word);
  }
}

TEST(philox_uniform_uses_the_24_upper_bits) {
  PhiloxStream words({3, 0, 0, 0, 0}), numbers({3, 0, 0, 0, 0});
  for (int i = 0; i < 1000; ++i) {
    const double expected = static_cast<double>(words.next() / 256) / 16777216.0;
    CHECK_EQUAL(numbers.uniform(), expected);
  }
}

TEST(philox_below_is_uniform_and_in_range) {
  PhiloxStream stream({11, 7, 0, 0, 0});
  // A bound of 3 * 2^30 makes the plain product hit every third value twice as often; rejection mends it.
  constexpr uint32_t kBound = 3u << 30;
  constexpr int kDraws = 60000;
  int counts[3] = {};
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t value = stream.below(kBound);
    CHECK(value < kBound);
    ++counts[value % 3];
  }
  double chi_square = 0.0;
  for (const int count : counts)
    chi_square += (count - kDraws / 3.0) * (count - kDraws / 3.0) / (kDraws / 3.0);
  CHECK(chi_square < 13.8);  // 2 degrees of freedom: exceeded once in 1,000
  for (int i = 0; i < 100; ++i) CHECK_EQUAL(stream.below(1), 0u);
}

TEST(philox_keys_that_do_not_fit_are_refused) {
  CHECK_THROWS(std::invalid_argument, PhiloxStream({1, 256, 0, 0, 0}), "purpose in [0, 255]");
  CHECK_THROWS(std::invalid_argument, PhiloxStream({1, 0, 0, 0, 1u << 24}), "view in [0, 16777215]");
}

TEST(every_field_of_the_key_changes_the_stream) {
  const ViewKey base{5, 1, 2, 3, 4};
  std::vector<ViewKey> keys(7, base);
  keys[1].seed = 6;
  keys[2].seed += uint64_t{1} << 32;
  keys[3].purpose = 2;
  keys[4].epoch = 3;
  keys[5].sample = 4;
  keys[6].view = 5;
  std::set<uint32_t> firsts;
  for (const ViewKey& key : keys) firsts.insert(PhiloxStream(key).next());
  CHECK_EQUAL(firsts.size(), keys.size());
}

TEST(patch_mask_keeps_distinct_patches_in_the_order_of_their_noise) {
  constexpr size_t kPatches = 49, kKeep = 12;
  const ViewKey key{1, 6, 2, 3, 0};
  uint32_t kept[kKeep];
  patch_mask(key, kPatches, kKeep, kept);
  std::vector<uint32_t> noise(kPatches);
  PhiloxStream stream(key);
  for (uint32_t& value : noise) value = stream.next();
  std::vector<uint32_t> order(kPatches);
  for (uint32_t i = 0; i < kPatches; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return noise[a] < noise[b]; });
  CHECK(std::equal(kept, kept + kKeep, order.begin()));
}

TEST(patch_mask_keeps_every_patch_equally_often) {
  constexpr size_t kPatches = 16, kKeep = 4;
  constexpr int kDraws = 8000;
  int counts[kPatches] = {};
  for (uint32_t sample = 0; sample < kDraws; ++sample) {
    uint32_t kept[kKeep];
    patch_mask({9, 6, 0, sample, 0}, kPatches, kKeep, kept);
    for (const uint32_t patch : kept) ++counts[patch];
  }
  // Drawn without replacement: the counts have variance n p (1 - p); their sum of squares over that, times
  // 15/16, has 15 degrees of freedom, and exceeds 37.7 once in 1,000.
  constexpr double kMean = kDraws * kKeep / static_cast<double>(kPatches);
  double chi_square = 0.0;
  for (const int count : counts)
    chi_square += (count - kMean) * (count - kMean) / (kMean * 0.75) * 15.0 / 16.0;
  CHECK(chi_square < 37.7);
}

TEST(patch_mask_refuses_impossible_counts) {
  uint32_t kept[2];
  CHECK_THROWS(std::invalid_argument, patch_mask({}, 1, 2, kept), "keep in [0, 1]");
  CHECK_THROWS(std::invalid_argument, patch_mask({}, 0, 0, kept), "patches in [1");
}

}  // namespace
}  // namespace sslmem
