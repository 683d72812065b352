// Turning the hue: rgb -> hsv -> rgb without a branch, several pixels at a time.

#include "color.h"
#include "color_math.h"
#include "simd.h"

namespace sslmem {

// Selections are not split into narrower registers, only into single numbers: so no wider than the machine.
#if defined(__x86_64__)
typedef Float8 Lanes;
typedef int IntLanes __attribute__((vector_size(32)));
#else
typedef Float4 Lanes;
typedef int IntLanes __attribute__((vector_size(16)));
#endif
template <>
SSLMEM_HD Lanes truncated(Lanes x) {
  return __builtin_convertvector(__builtin_convertvector(x, IntLanes), Lanes);
}

namespace {

constexpr size_t kLanes = sizeof(Lanes) / sizeof(float);

// Runs `kernel` over whole vectors, and over the last few pixels in a copy.
template <class Kernel>
SSLMEM_INLINE void for_pixels(PlanePointers image, size_t count, const Kernel& kernel) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Rgb<Lanes> out =
        kernel({load<Lanes>(image.red + i), load<Lanes>(image.green + i), load<Lanes>(image.blue + i)});
    store(image.red + i, out.r);
    store(image.green + i, out.g);
    store(image.blue + i, out.b);
  }
  if (i == count) return;
  Rgb<Lanes> last = {Lanes{}, Lanes{}, Lanes{}};
  const size_t bytes = (count - i) * sizeof(float);
  std::memcpy(&last.r, image.red + i, bytes);
  std::memcpy(&last.g, image.green + i, bytes);
  std::memcpy(&last.b, image.blue + i, bytes);
  last = kernel(last);
  std::memcpy(image.red + i, &last.r, bytes);
  std::memcpy(image.green + i, &last.g, bytes);
  std::memcpy(image.blue + i, &last.b, bytes);
}

SSLMEM_MULTIVERSION
void rotate_unit_run(PlanePointers image, size_t count, float shift) {
  for_pixels(image, count, [shift](Rgb<Lanes> in) SSLMEM_INLINE_LAMBDA { return rotated_unit(in, shift); });
}

SSLMEM_MULTIVERSION
void rotate_any_run(PlanePointers image, size_t count, float turns) {
  for_pixels(image, count, [turns](Rgb<Lanes> in) SSLMEM_INLINE_LAMBDA { return rotated_any(in, turns); });
}

}  // namespace

void adjust_hue(PlanePointers image, size_t count, double turns, bool unit_range) {
  if (unit_range) {
    // 6 is added so that all is positive: sectors begin at -1, turns at -3.
    rotate_unit_run(image, count, static_cast<float>(6.0 * turns + 6.0));
  } else {
    rotate_any_run(image, count, static_cast<float>(turns));
  }
}

}  // namespace sslmem
