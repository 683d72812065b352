// Once its scratch has grown, the augmentation allocates nothing: the global operator new of this program
// counts.

// Not under AddressSanitizer, which pairs allocations with its own operators.

#ifndef __SANITIZE_ADDRESS__

#include <atomic>
#include <cstdlib>
#include <new>

#include "augment_random.h"
#include "check.h"
#include "json.h"

static std::atomic<size_t> allocations{0};

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace sslmem {
namespace {

TEST(augment_allocates_nothing_in_its_steady_state) {
  PhiloxStream random({1005, 7, 0, 0, 0});
  const auto pixels = test::random_pixels(random, 60, 80);
  const Chain chains[] = {
      test::chain_of(
          R"([{"transform":"random_resized_crop","size":[32,32]},{"transform":"random_horizontal_flip"},
          {"transform":"color_jitter","brightness":0.8,"contrast":0.8,"saturation":0.8,"hue":0.2},
          {"transform":"random_grayscale"},{"transform":"gaussian_blur","kernel_size":9},
          {"transform":"normalize","mean":[0,0,0],"std":[1,1,1]}])"),
      test::chain_of(R"([{"transform":"random_invert"},{"transform":"random_crop","size":[64,64],"padding":8},
          {"transform":"random_resized_crop","size":[32,32],"interpolation":"bicubic"},{"transform":"gaussian_blur","kernel_size":5},
          {"transform":"gaussian_blur","kernel_size":3},{"transform":"random_solarize","threshold":0.5}])")};
  Scratch scratch;
  std::vector<Op> ops;
  std::vector<float> out(32 * 32 * 3);
  size_t before = 0;
  // The first round lets everything grow to what the largest view needs; the second draws the same views.
  for (int round = 0; round < 2; ++round) {
    before = allocations;
    for (uint32_t view = 0; view < 100; ++view) {
      for (const Chain& chain : chains) {
        draw_view(chain, pixels.height, pixels.width, {1, 0, 0, 0, view}, ops);
        augment_image(pixels.view(), &ops, 1, chain.size, out.data(), scratch);
      }
    }
  }
  CHECK_EQUAL(allocations - before, size_t{0});
}

}  // namespace
}  // namespace sslmem

#endif
