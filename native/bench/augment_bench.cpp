// Views per second of one thread: the SimCLR chains of the benchmark, on images made here.
//
//     augment_bench [seconds per chain]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/augment.h"
#include "core/chain.h"
#include "core/multiversion.h"

namespace {

struct Case {
  const char* name;
  int height, width;
  std::vector<sslmem::Transform> chain;
};

std::vector<uint8_t> make_pixels(int height, int width, uint32_t sample) {
  sslmem::PhiloxStream stream({7, 5, 0, sample, 0});
  std::vector<uint8_t> pixels(static_cast<size_t>(height) * static_cast<size_t>(width) * 3);
  for (int y = 0, i = 0; y < height; ++y) {
    for (int x = 0; x < 3 * width; ++x, ++i) {
      const uint32_t field = static_cast<uint32_t>((y / 8) * 31 + (x / 24) * 17 + (x % 3) * 85) & 0xBFu;
      pixels[static_cast<size_t>(i)] = static_cast<uint8_t>(field + (stream.next() & 0x3Fu));
    }
  }
  return pixels;
}

void measure(const Case& test, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr uint32_t kImages = 16, kViews = 2;
  std::vector<std::vector<uint8_t>> images;
  for (uint32_t i = 0; i < kImages; ++i) images.push_back(make_pixels(test.height, test.width, i));
  const sslmem::Chain chain = sslmem::make_chain(test.chain);
  const auto size = sslmem::output_size(chain);
  std::vector<float> out(static_cast<size_t>(size.height) * static_cast<size_t>(size.width) * 3 * kViews);
  sslmem::Scratch scratch;
  std::vector<std::vector<sslmem::Op>> ops(kViews);
  double best = 0.0, sum = 0.0;
  size_t views = 0;
  const auto begin = Clock::now();
  for (uint32_t epoch = 0; std::chrono::duration<double>(Clock::now() - begin).count() < seconds; ++epoch) {
    const auto start = Clock::now();
    for (uint32_t i = 0; i < kImages; ++i) {
      for (uint32_t v = 0; v < kViews; ++v)
        draw_view(chain, test.height, test.width, {1, 0, epoch, i, v}, ops[v]);
      augment_image({images[i].data(), test.height, test.width}, ops.data(), kViews, size, out.data(),
                    scratch);
      sum += static_cast<double>(out[out.size() / 2]);
    }
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, kImages * kViews / took);
    views += kImages * kViews;
  }
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("%-24s %9.0f views/s (fastest round %.0f, checksum %.6f)\n", test.name,
              static_cast<double>(views) / took, best, sum / static_cast<double>(views));
}

using sslmem::Transform;
using sslmem::TransformKind;

Transform crop(int size) {
  Transform out = sslmem::default_transform(TransformKind::RandomResizedCrop);
  out.op.out_height = out.op.out_width = size;
  return out;
}

Transform with_p(TransformKind kind, double p) {
  Transform out = sslmem::default_transform(kind);
  out.p = p;
  return out;
}

Transform jitter() {
  Transform out = with_p(TransformKind::ColorJitter, 0.8);
  out.brightness = out.contrast = out.saturation = {0.2, 1.8};
  out.hue = {-0.2, 0.2};
  return out;
}

Transform blur() {
  Transform out = with_p(TransformKind::GaussianBlur, 0.5);
  out.op.kernel_size[0] = out.op.kernel_size[1] = 23;
  return out;
}

Transform normalize() {
  constexpr double kMean[] = {0.485, 0.456, 0.406}, kStd[] = {0.229, 0.224, 0.225};
  Transform out = sslmem::default_transform(TransformKind::Normalize);
  std::copy(kMean, kMean + 3, out.op.mean);
  std::copy(kStd, kStd + 3, out.op.std_dev);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  const Transform flip = with_p(TransformKind::RandomHorizontalFlip, 0.5);
  const Transform gray = with_p(TransformKind::RandomGrayscale, 0.2);
  std::printf("instructions: %s\n", sslmem::simd_level());
  measure({"simclr 224, blur", 375, 500, {crop(224), flip, jitter(), gray, blur(), normalize()}}, seconds);
  measure({"simclr 224, no blur", 375, 500, {crop(224), flip, jitter(), gray, normalize()}}, seconds);
  measure({"crop and flip 224", 375, 500, {crop(224), flip, normalize()}}, seconds);
  measure({"simclr 32", 32, 32, {crop(32), flip, jitter(), gray, normalize()}}, seconds);
  measure({"crop and flip 32", 32, 32, {crop(32), flip, normalize()}}, seconds);
  measure({"jitter before crop 32", 32, 32, {jitter(), crop(32), normalize()}}, seconds);
  Transform bicubic = crop(224);
  bicubic.op.interpolation = sslmem::Interpolation::Bicubic;
  measure({"bicubic 224", 375, 500, {bicubic, normalize()}}, seconds);
  Transform resize = sslmem::default_transform(TransformKind::Resize);
  resize.op.out_height = 224;  // the shorter side
  Transform center = sslmem::default_transform(TransformKind::CenterCrop);
  center.op.out_height = center.op.out_width = 224;
  measure({"eval 224", 375, 500, {resize, center, normalize()}}, seconds);
  Transform padded = sslmem::default_transform(TransformKind::RandomCrop);
  padded.op.height = padded.op.width = 32;
  std::fill_n(padded.op.padding, 4, 4);
  measure({"padded crop 32", 32, 32, {padded, flip, normalize()}}, seconds);
  return 0;
}
