#pragma once
// Images on the way through a chain: three float planes (red, green, blue), so that colour arithmetic runs
// over contiguous memory.

#include <cstddef>
#include <vector>

#include "chain.h"

namespace sslmem {

/// Where the three planes of some pixels begin.
struct PlanePointers {
  float *red = nullptr, *green = nullptr, *blue = nullptr;
};

/// An image [3, height, width] in memory that is reused.
class Planes {
 public:
  void resize(OutputSize size) {
    size_ = size;
    pixels_ = static_cast<size_t>(size.height) * static_cast<size_t>(size.width);
    // Room for vectors that read past the last pixel; never seen in a result.
    if (data_.size() < 3 * pixels_ + 16) data_.resize(3 * pixels_ + 16);
  }

  OutputSize size() const { return size_; }
  float* plane(size_t channel) { return data_.data() + channel * pixels_; }
  const float* plane(size_t channel) const { return data_.data() + channel * pixels_; }
  const float* row(size_t channel, int y) const {
    return plane(channel) + static_cast<size_t>(y) * static_cast<size_t>(size_.width);
  }
  PlanePointers rows(int y) {
    const size_t offset = static_cast<size_t>(y) * static_cast<size_t>(size_.width);
    return {plane(0) + offset, plane(1) + offset, plane(2) + offset};
  }

 private:
  OutputSize size_;
  size_t pixels_ = 0;
  std::vector<float> data_;
};

}  // namespace sslmem
