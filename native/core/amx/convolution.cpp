#include "convolution.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "core/bf16.h"
#include "pack.h"
#include "tiles.h"

namespace sslmem::amx {

namespace {

constexpr int64_t kImages = 2 * kRows;    ///< images of a block: two tiles
constexpr int64_t kChannels = 2 * kRows;  ///< result channels of a block: two tiles
/// Bytes of packed rows that are worked on at once: they stay in the second-level cache.
constexpr int64_t kCache = 1024 * 1024;

/// From source maps to result maps, whichever is the input of the convolution.
struct Plan {
  bool backward;
  int64_t images, size, stride, padding;
  int64_t height, width, channels;              // of the source
  int64_t out_height, out_width, out_channels;  // of the result
  int64_t depth, blocks;                        // groups of 32 source channels; of 32 result channels
  int64_t rows_at_once;                         // result rows

  Plan(const ConvolutionShape& s, bool is_backward)
      : backward(is_backward),
        images(s.images),
        size(s.size),
        stride(s.stride),
        padding(s.padding),
        height(is_backward ? s.out_height : s.height),
        width(is_backward ? s.out_width : s.width),
        channels(is_backward ? s.outputs : s.inputs),
        out_height(is_backward ? s.height : s.out_height),
        out_width(is_backward ? s.width : s.out_width),
        out_channels(is_backward ? s.inputs : s.outputs),
        depth(padded_channels(channels) / kDepth),
        blocks(padded_channels(out_channels) / kChannels),
        rows_at_once(out_height) {
    while (rows_at_once > 1 && span() * row() * int64_t{sizeof(uint16_t)} > kCache)
      rows_at_once = (rows_at_once + 1) / 2;
  }

  int64_t row() const { return width * depth * 2 * kTile; }
  int64_t span() const {
    return std::min(height,
                    backward ? (rows_at_once + size - 2) / stride + 1 : (rows_at_once - 1) * stride + size);
  }
  int64_t chunks() const { return (out_height + rows_at_once - 1) / rows_at_once; }

  /// Place in the source, along an axis of `places`, of a tap of result place `at`; -1 outside.
  int64_t source(int64_t at, int64_t tap, int64_t places) const {
    if (!backward) {
      const int64_t place = at * stride + tap - padding;
      return place < places ? std::max(place, int64_t{-1}) : -1;
    }
    const int64_t stretched = at + padding - tap;
    if (stretched < 0 || stretched % stride != 0) return -1;
    return stretched / stride < places ? stretched / stride : -1;
  }
};

/// Source rows and columns under the taps of every result row and column.
struct Places {
  std::vector<int64_t> rows, columns;  // [place, tap]

  explicit Places(const Plan& plan) {
    for (int64_t at = 0; at < plan.out_height; ++at)
      for (int64_t tap = 0; tap < plan.size; ++tap) rows.push_back(plan.source(at, tap, plan.height));
    for (int64_t at = 0; at < plan.out_width; ++at)
      for (int64_t tap = 0; tap < plan.size; ++tap) columns.push_back(plan.source(at, tap, plan.width));
  }
};

/// Two tiles [16 images][32 channels] for each of `count` pixels and group of 32 channels: copies of whole
/// lines.
SSLMEM_MULTIVERSION void pack_images(const uint16_t* from, int64_t images, int64_t step, int64_t channels,
                                     int64_t count, uint16_t* to) {
  const int64_t depth = (channels + kDepth - 1) / kDepth;
  for (int64_t pixel = 0; pixel < count; ++pixel) {
    for (int64_t group = 0; group < depth; ++group, to += 2 * kTile) {
      const uint16_t* at = from + pixel * channels + group * kDepth;
      const int64_t wide = std::min(kDepth, channels - group * kDepth);
      for (int64_t image = 0; image < kImages; ++image) {
        uint16_t* line = to + image * kDepth;
        if (image >= images) {
          std::memset(line, 0, 64);
        } else if (wide == kDepth) {
          std::memcpy(line, at + image * step, 64);
        } else {
          std::memset(line, 0, 64);
          std::memcpy(line, at + image * step, static_cast<size_t>(wide) * sizeof(uint16_t));
        }
      }
    }
  }
}

/// Where the 32 x 32 sums of one pixel (images by channels) go, and what becomes of them on the way.
struct Sink {
  const float* bias;         // [32]
  const uint16_t* residual;  // or null
  bool relu;
  int64_t images, channels;  // that are there
  int64_t step;              // numbers between images of residual and y
  uint16_t* y;
};

SSLMEM_MULTIVERSION void write_sums(const float* sums, const Sink& sink) {
  for (int64_t image = 0; image < sink.images; ++image) {
    float line[kChannels];
    for (int64_t c = 0; c < kChannels; ++c) line[c] = sums[image * kChannels + c] + sink.bias[c];
    if (sink.residual != nullptr)
      for (int64_t c = 0; c < sink.channels; ++c) line[c] += bf16_value(sink.residual[image * sink.step + c]);
    if (sink.relu)
      for (int64_t c = 0; c < kChannels; ++c) line[c] = line[c] > 0 || line[c] != line[c] ? line[c] : 0.0f;
    uint16_t out[kChannels];
    for (int64_t c = 0; c < kChannels; ++c) out[c] = bf16_bits(line[c]);
    std::memcpy(sink.y + image * sink.step, out, static_cast<size_t>(sink.channels) * sizeof(uint16_t));
  }
}

#if defined(SSLMEM_AMX)
typedef float Lane __attribute__((vector_size(64)));
typedef uint16_t HalfLane __attribute__((vector_size(32)));
typedef uint32_t WideLane __attribute__((vector_size(64)));

SSLMEM_INLINE Lane lane(const float* from) {
  Lane value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
SSLMEM_INLINE Lane widened(const uint16_t* from) {
  HalfLane halves;
  std::memcpy(&halves, from, sizeof halves);
  const WideLane bits = __builtin_convertvector(halves, WideLane) << 16;
  Lane value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The same for whole lines, rounded by the instruction that every processor with tiles has.
__attribute__((target("arch=x86-64-v4"))) void write_lines(const float* sums, const Sink& sink) {
  const Lane zero{}, bias_low = lane(sink.bias), bias_high = lane(sink.bias + kRows);
  for (int64_t image = 0; image < sink.images; ++image) {
    Lane low = lane(sums + image * kChannels) + bias_low;
    Lane high = lane(sums + image * kChannels + kRows) + bias_high;
    if (sink.residual != nullptr) {
      low += widened(sink.residual + image * sink.step);
      high += widened(sink.residual + image * sink.step + kRows);
    }
    if (sink.relu) {  // NaN stays NaN
      low = low < zero ? zero : low;
      high = high < zero ? zero : high;
    }
    WideLane rounded;
    __asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(rounded) : "v"(high), "v"(low));
    std::memcpy(sink.y + image * sink.step, &rounded, sizeof rounded);
  }
}
#endif

template <class Tiles>
void write(const float* sums, const Sink& sink) {
#if defined(SSLMEM_AMX)
  if (std::is_same<Tiles, Hardware>::value && sink.channels == kChannels) return write_lines(sums, sink);
#endif
  write_sums(sums, sink);
}

/// Packed rows of one thread, kept from call to call.
uint16_t* thread_scratch(int64_t numbers) {
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  thread_local std::unique_ptr<void, Free> memory;
  thread_local int64_t size = 0;
  if (size < numbers) {
    size = numbers;
    memory.reset(std::aligned_alloc(64, static_cast<size_t>((numbers * 2 + 63) / 64 * 64)));
    if (memory == nullptr) {
      size = 0;
      throw std::bad_alloc();
    }
  }
  return static_cast<uint16_t*>(memory.get());
}

struct Call {
  const Plan& plan;
  const Places& places;
  const uint16_t *from, *filter;
  uint16_t* to;
  const Finish& finish;
};

/// One pixel of 32 images and 32 channels.
template <class Tiles>
void sum_pixel(Tiles& tiles, const Plan& plan, const int64_t* rows, const int64_t* columns, int64_t first,
               const uint16_t* packed, const uint16_t* filter, float* sums) {
  zero_sums(tiles);
  const int64_t tap_size = plan.depth * 2 * kTile;
  for (int64_t r = 0; r < plan.size; ++r) {
    if (rows[r] < 0) continue;
    const uint16_t* row = packed + (rows[r] - first) * plan.row();
    for (int64_t s = 0; s < plan.size; ++s) {
      if (columns[s] < 0) continue;
      const uint16_t *a = row + columns[s] * tap_size, *b = filter + (r * plan.size + s) * tap_size;
      for (int64_t k = 0; k < tap_size; k += 2 * kTile) {
        add_products(tiles, a + k, b + k, kTile);
      }
    }
  }
  store_sums(tiles, sums, kChannels);
}

/// Some result rows of 32 images.
template <class Tiles>
void compute(Tiles& tiles, const Call& call, int64_t block, int64_t first_row) {
  const Plan& plan = call.plan;
  const int64_t end_row = std::min(plan.out_height, first_row + plan.rows_at_once);
  int64_t first = plan.height, next = 0;  // source rows
  for (int64_t at = first_row * plan.size; at < end_row * plan.size; ++at) {
    const int64_t row = call.places.rows[static_cast<size_t>(at)];
    if (row < 0) continue;
    first = std::min(first, row);
    next = std::max(next, row + 1);
  }
  const int64_t here = std::min(kImages, plan.images - block * kImages);
  const int64_t step = plan.height * plan.width * plan.channels;
  uint16_t* packed = thread_scratch(plan.span() * plan.row());
  if (next > first)
    pack_images(call.from + block * kImages * step + first * plan.width * plan.channels, here, step,
                plan.channels, (next - first) * plan.width, packed);
  const int64_t out_step = plan.out_height * plan.out_width * plan.out_channels;
  const int64_t filter_block = plan.size * plan.size * plan.depth * 2 * kTile;
  alignas(64) float sums[kImages * kChannels];
  for (int64_t group = 0; group < plan.blocks; ++group) {
    const int64_t channel = group * kChannels;
    const int64_t wide = std::min(kChannels, plan.out_channels - channel);
    alignas(64) float bias[kChannels] = {};
    if (call.finish.bias != nullptr)
      std::memcpy(bias, call.finish.bias + channel, static_cast<size_t>(wide) * sizeof(float));
    for (int64_t row = first_row; row < end_row; ++row) {
      for (int64_t column = 0; column < plan.out_width; ++column) {
        sum_pixel(tiles, plan, call.places.rows.data() + row * plan.size,
                  call.places.columns.data() + column * plan.size, first, packed,
                  call.filter + group * filter_block, sums);
        const int64_t at =
            block * kImages * out_step + (row * plan.out_width + column) * plan.out_channels + channel;
        write<Tiles>(sums, {bias, call.finish.residual == nullptr ? nullptr : call.finish.residual + at,
                            call.finish.relu, here, wide, out_step, call.to + at});
      }
    }
  }
}

template <class Tiles>
void compute_all(const Call& call, const Parallel& parallel) {
  const int64_t chunks = call.plan.chunks(), blocks = (call.plan.images + kImages - 1) / kImages;
  parallel(blocks * chunks, [&](int64_t begin, int64_t end) {
    Tiles tiles;
    for (int64_t item = begin; item < end; ++item)
      compute(tiles, call, item / chunks, item % chunks * call.plan.rows_at_once);
  });
}

void run(const Plan& plan, const uint16_t* from, const float* filter, uint16_t* to, const Finish& finish,
         uint16_t* scratch, const Parallel& parallel, bool emulate) {
  pack_filter(plan.backward, filter, plan.backward ? plan.channels : plan.out_channels, plan.size * plan.size,
              plan.backward ? plan.out_channels : plan.channels, scratch, parallel);
  const Places places(plan);
  const Call call{plan, places, from, scratch, to, finish};
#if defined(SSLMEM_AMX)
  if (!emulate) return compute_all<Hardware>(call, parallel);
#endif
  (void)emulate;
  compute_all<Emulated>(call, parallel);
}

}  // namespace

int64_t convolution_scratch(const ConvolutionShape& shape) {
  return padded_channels(shape.inputs) * padded_channels(shape.outputs) * shape.size * shape.size;
}

void convolution(const ConvolutionShape& shape, const uint16_t* x, const float* filter, uint16_t* y,
                 const Finish& finish, uint16_t* scratch, const Parallel& parallel, bool emulate) {
  run(Plan(shape, false), x, filter, y, finish, scratch, parallel, emulate);
}

void input_gradient(const ConvolutionShape& shape, const uint16_t* dy, const float* filter, uint16_t* dx,
                    uint16_t* scratch, const Parallel& parallel, bool emulate) {
  run(Plan(shape, true), dy, filter, dx, {}, scratch, parallel, emulate);
}

}  // namespace sslmem::amx
