#include "mask.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sslmem {

void patch_mask(const ViewKey& key, size_t patches, size_t keep, uint32_t* out) {
  if (patches == 0 || patches > 0xFFFFFFFFu) {
    throw std::invalid_argument("Expected patches in [1, 4294967295] but received " +
                                std::to_string(patches));
  }
  if (keep > patches) {
    throw std::invalid_argument("Expected keep in [0, " + std::to_string(patches) + "] but received " +
                                std::to_string(keep));
  }
  PhiloxStream stream(key);
  std::vector<std::pair<uint32_t, uint32_t>> noise(patches);
  for (size_t patch = 0; patch < patches; ++patch) {
    noise[patch] = {stream.next(), static_cast<uint32_t>(patch)};
  }
  std::partial_sort(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(keep), noise.end());
  for (size_t i = 0; i < keep; ++i) out[i] = noise[i].second;
}

}  // namespace sslmem
