// Views per second of one thread: the SimCLR chains of the benchmark, on images made here.
//
//     augment_bench [seconds per chain]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/augment.h"
#include "core/chain.h"
#include "core/multiversion.h"

namespace {

struct Case {
  const char* name;
  int height, width;
  std::string chain;
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
  const sslmem::Chain chain = sslmem::parse_chain(test.chain);
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

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  const std::string normalize =
      R"({"transform":"normalize","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}])";
  const std::string jitter =
      R"({"transform":"random_horizontal_flip","p":0.5},
         {"transform":"color_jitter","brightness":0.8,"contrast":0.8,"saturation":0.8,"hue":0.2,"p":0.8},
         {"transform":"random_grayscale","p":0.2},)";
  const std::string crop = R"([{"transform":"random_resized_crop","size":)";
  const std::string blur = R"({"transform":"gaussian_blur","kernel_size":23,"sigma":[0.1,2.0],"p":0.5},)";
  std::printf("instructions: %s\n", sslmem::simd_level());
  measure({"simclr 224, blur", 375, 500, crop + "[224,224]}," + jitter + blur + normalize}, seconds);
  measure({"simclr 224, no blur", 375, 500, crop + "[224,224]}," + jitter + normalize}, seconds);
  measure({"crop and flip 224", 375, 500,
           crop + R"([224,224]},{"transform":"random_horizontal_flip"},)" + normalize},
          seconds);
  measure({"simclr 32", 32, 32, crop + "[32,32]}," + jitter + normalize}, seconds);
  measure(
      {"crop and flip 32", 32, 32, crop + R"([32,32]},{"transform":"random_horizontal_flip"},)" + normalize},
      seconds);
  measure(
      {"jitter before crop 32", 32, 32,
       R"([{"transform":"color_jitter","brightness":0.8,"contrast":0.8,"saturation":0.8,"hue":0.2,"p":0.8},)" +
           crop.substr(1) + "[32,32]}," + normalize},
      seconds);
  measure({"bicubic 224", 375, 500, crop + R"([224,224],"interpolation":"bicubic"},)" + normalize}, seconds);
  measure(
      {"eval 224", 375, 500,
       R"([{"transform":"resize","size":[224]},{"transform":"center_crop","size":[224,224]},)" + normalize},
      seconds);
  measure(
      {"padded crop 32", 32, 32,
       R"([{"transform":"random_crop","size":[32,32],"padding":4},{"transform":"random_horizontal_flip"},)" +
           normalize},
      seconds);
  return 0;
}
