#pragma once
// Runs explicit operations on one image: the fast path of all augmentation.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "chain.h"
#include "op.h"

namespace sslmem {

/// A decoded image: RGB, uint8, [height, width, 3], rows without gaps. The pixels are borrowed.
struct ImageView {
  const uint8_t* pixels = nullptr;
  int height = 0, width = 0;
};

/// Working memory of one thread. It grows to what the largest view needs and is then reused, so that the
/// steady state allocates nothing. Not to be shared between threads at the same time.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) noexcept;

  struct Buffers;
  Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

/// Applies `count` lists of operations to one image. View i goes to out + i * size.height * size.width * 3 as
/// float32 [height, width, 3]; pixels are on the [0, 1] scale until a normalize. Equal to
/// torchvision.transforms.v2.functional on the float32 tensor pixels / 255, op by op within 1e-5 and in
/// chains within 2e-5 (before normalisation). The result depends on nothing but the arguments (not on
/// threads, nor on the CPU's vector width). `size` is what the caller's buffer is laid out for: throws
/// std::invalid_argument if a view has another output size, an operation does not fit, or a number is out of
/// its range, before anything is written to that view.
void augment_image(const ImageView& image, const std::vector<Op>* views, size_t count, OutputSize size,
                   float* out, Scratch& scratch);

}  // namespace sslmem
