// Turning the hue: rgb -> hsv -> rgb without a branch, several pixels at a time.

#include "color.h"
#include "simd.h"

namespace sslmem {

namespace {

// Selections are not split into narrower registers, only into single numbers: so no wider than the machine.
#if defined(__x86_64__)
typedef Float8 Lanes;
typedef int IntLanes __attribute__((vector_size(32)));
#else
typedef Float4 Lanes;
typedef int IntLanes __attribute__((vector_size(16)));
#endif
constexpr size_t kLanes = sizeof(Lanes) / sizeof(float);

SSLMEM_INLINE Lanes all(float x) { return Lanes{} + x; }
SSLMEM_INLINE Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }
SSLMEM_INLINE Lanes smaller(Lanes a, Lanes b) { return a < b ? a : b; }
SSLMEM_INLINE Lanes clamp01(Lanes x) { return smaller(larger(x, all(0.0f)), all(1.0f)); }
SSLMEM_INLINE Lanes distance(Lanes a, float b) { return larger(a - b, b - a); }
SSLMEM_INLINE Lanes truncate(Lanes x) {  // |x| < 2^31
  return __builtin_convertvector(__builtin_convertvector(x, IntLanes), Lanes);
}
SSLMEM_INLINE Lanes floor_of(Lanes x) {
  const Lanes cut = truncate(x);
  return cut > x ? cut - 1.0f : cut;
}

struct Pixels {
  Lanes r, g, b;
};

// With values in [0, 1] the colour of hue H (in sixths of a turn) is least + range * w, the weights w of the
// channels being |H - 3| - 1, 2 - |H - 2| and 2 - |H - 4|, cut to [0, 1]: continuous in H, so no sectors need
// be told apart.
SSLMEM_INLINE Pixels rotate_unit(Pixels in, float shift) {
  const Lanes most = larger(in.r, larger(in.g, in.b)), least = smaller(in.r, smaller(in.g, in.b));
  const Lanes range = most - least;
  const Lanes divisor = range == 0.0f ? all(1.0f) : range;
  const IntLanes is_red = most == in.r, is_green = most == in.g;
  const Lanes numerator = is_red ? in.g - in.b : is_green ? in.b - in.r : in.r - in.g;
  const Lanes sector = is_red ? all(shift) : is_green ? all(shift + 2.0f) : all(shift + 4.0f);
  const Lanes turned = numerator / divisor + sector;
  const Lanes hue = turned - 6.0f * truncate(turned * (1.0f / 6.0f));
  return {least + range * clamp01(distance(hue, 3.0f) - 1.0f),
          least + range * clamp01(2.0f - distance(hue, 2.0f)),
          least + range * clamp01(2.0f - distance(hue, 4.0f))};
}

// torchvision's steps in its order and precision, with selections in place of its gather.
SSLMEM_INLINE Pixels rotate_any(Pixels in, float turns) {
  const Lanes most = larger(in.r, larger(in.g, in.b)), least = smaller(in.r, smaller(in.g, in.b));
  const Lanes range = most - least;
  const Lanes saturation = range / (most == 0.0f ? all(1.0f) : most);
  const Lanes divisor = range == 0.0f ? all(1.0f) : range;
  const Lanes rc = (most - in.r) / divisor, gc = (most - in.g) / divisor, bc = (most - in.b) / divisor;
  const Lanes sector = most == in.r ? bc - gc : most == in.g ? rc + 2.0f - bc : gc + 4.0f - rc;
  Lanes hue = sector * (1.0f / 6.0f) + 1.0f;
  hue = hue >= 1.0f ? hue - 1.0f : hue;  // fmod 1 of a number in [5/6, 2)
  hue += turns;
  hue = hue < 0.0f ? hue + 1.0f : hue >= 1.0f ? hue - 1.0f : hue;  // remainder 1; may round to 1
  const Lanes six = hue * 6.0f;
  const Lanes floor = floor_of(six), f = six - floor;
  const Lanes which = floor >= 6.0f ? floor - 6.0f : floor;
  const Lanes rest = 1.0f - saturation, part = saturation * f;
  const Lanes p = clamp01(rest * most), q = clamp01((1.0f - part) * most), t = clamp01((part + rest) * most);
  const auto select = [&](float v_first, float v_second, float falling, float rising) SSLMEM_INLINE_LAMBDA {
    const Lanes ramp = which == falling ? q : which == rising ? t : p;
    return which == v_first ? most : which == v_second ? most : ramp;
  };
  return {select(0.0f, 5.0f, 1.0f, 4.0f), select(1.0f, 2.0f, 3.0f, 0.0f), select(3.0f, 4.0f, 5.0f, 2.0f)};
}

// Runs `kernel` over whole vectors, and over the last few pixels in a copy.
template <class Kernel>
SSLMEM_INLINE void for_pixels(PlanePointers image, size_t count, const Kernel& kernel) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Pixels out =
        kernel({load<Lanes>(image.red + i), load<Lanes>(image.green + i), load<Lanes>(image.blue + i)});
    store(image.red + i, out.r);
    store(image.green + i, out.g);
    store(image.blue + i, out.b);
  }
  if (i == count) return;
  Pixels last = {all(0.0f), all(0.0f), all(0.0f)};
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
  for_pixels(image, count, [shift](Pixels in) SSLMEM_INLINE_LAMBDA { return rotate_unit(in, shift); });
}

SSLMEM_MULTIVERSION
void rotate_any_run(PlanePointers image, size_t count, float turns) {
  for_pixels(image, count, [turns](Pixels in) SSLMEM_INLINE_LAMBDA { return rotate_any(in, turns); });
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
