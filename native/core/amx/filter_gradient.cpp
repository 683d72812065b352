#include "filter_gradient.h"

#include <algorithm>

#include "pack.h"
#include "tiles.h"

namespace sslmem::amx {

namespace {

/// Bytes of packed image and gradient that are worked on at once: they stay in the second-level cache.
constexpr int64_t kCache = 1200 * 1024;
/// A filter up to this size has sums for each piece of the images; a larger one is shared out itself.
constexpr int64_t kSmallFilter = 1280 * 1024;
constexpr int64_t kPieces = 4;  ///< whatever the number of threads, so that they change no bit

/// Output places along an axis whose input lies in the image under a tap: [first, end).
struct Range {
  int64_t first, end;
};
Range inside(int64_t outputs, int64_t inputs, int64_t stride, int64_t offset) {
  const int64_t first = offset < 0 ? (-offset + stride - 1) / stride : 0;
  const int64_t last = inputs - 1 - offset;  // of stride · place
  return {first, last < 0 ? 0 : std::min(outputs, last / stride + 1)};
}

/// The sizes that follow from a shape, and how the work is cut.
struct Plan {
  ConvolutionShape shape;
  int64_t blocks;                 // of 32 images
  int64_t in_groups, out_groups;  // of 16 channels
  int64_t taps, sums;             // floats of dw
  int64_t pieces;                 // parts of the images with sums of their own; 1: all images together
  int64_t blocks_at_once;         // packed side by side
  int64_t rows_at_once;           // of the output
  int64_t x_rows, dy_rows;        // packed rows that are kept

  explicit Plan(const ConvolutionShape& of) : shape(of) {
    blocks = (of.images + kDepth - 1) / kDepth;
    in_groups = padded_channels(of.inputs) / kRows;
    out_groups = padded_channels(of.outputs) / kRows;
    taps = of.size * of.size;
    sums = taps * in_groups * out_groups * kRows * kRows;
    pieces = sums * int64_t{sizeof(float)} <= kSmallFilter ? std::min(kPieces, blocks) : 1;
    blocks_at_once = pieces > 1 ? 1 : blocks;
    rows_at_once = of.out_height;
    while (chunk_bytes() > kCache && rows_at_once > 1) rows_at_once = (rows_at_once + 1) / 2;
    x_rows = pieces > 1 ? std::min(of.height, x_span()) : of.height;
    dy_rows = pieces > 1 ? rows_at_once : of.out_height;
  }

  /// Rows of x under `rows_at_once` rows of dy.
  int64_t x_span() const { return (rows_at_once - 1) * shape.stride + shape.size; }
  int64_t chunk_bytes() const {
    return (x_span() * x_row() + rows_at_once * dy_row()) * int64_t{sizeof(uint16_t)};
  }
  int64_t x_row() const { return shape.width * in_groups * blocks_at_once * kTile; }
  int64_t dy_row() const { return shape.out_width * out_groups * blocks_at_once * kTile; }
  int64_t packed() const { return x_rows * x_row() + dy_rows * dy_row(); }
  int64_t items() const { return in_groups / 2 * (out_groups / 2) * taps; }
};

/// Packed rows: row r lies at place r modulo the rows that are kept.
struct Packed {
  const Plan& plan;
  uint16_t *x, *dy;

  Packed(const Plan& of, uint16_t* scratch) : plan(of), x(scratch), dy(scratch + of.x_rows * of.x_row()) {}
  uint16_t* x_at(int64_t row) const { return x + row % plan.x_rows * plan.x_row(); }
  uint16_t* dy_at(int64_t row) const { return dy + row % plan.dy_rows * plan.dy_row(); }

  /// Packs one row of `count` blocks of images from `block` on.
  void pack_x(const uint16_t* from, int64_t block, int64_t count, int64_t row) const {
    const ConvolutionShape& s = plan.shape;
    for (int64_t i = 0; i < count; ++i)
      pack(Lay::pairs, {from, s.images, s.height * s.width, s.inputs}, block + i, row * s.width, s.width,
           x_at(row) + i * kTile, plan.blocks_at_once);
  }
  void pack_dy(const uint16_t* from, int64_t block, int64_t count, int64_t row) const {
    const ConvolutionShape& s = plan.shape;
    for (int64_t i = 0; i < count; ++i)
      pack(Lay::rows, {from, s.images, s.out_height * s.out_width, s.outputs}, block + i, row * s.out_width,
           s.out_width, dy_at(row) + i * kTile, plan.blocks_at_once);
  }
};

/// Adds to the 32 x 32 sums of an item (a tap and a pair of channel groups on either side) the products of
/// output rows [row, row + rows_at_once); begins them at 0 if `fresh`.
template <class Tiles>
void add_chunk(Tiles& tiles, const Packed& packed, int64_t item, int64_t row, bool fresh, float* dw) {
  const Plan& plan = packed.plan;
  const ConvolutionShape& shape = plan.shape;
  const int64_t tap = item % plan.taps, pair = item / plan.taps;
  const int64_t in = pair / (plan.out_groups / 2) * 2, out = pair % (plan.out_groups / 2) * 2;
  const int64_t down = tap / shape.size - shape.padding, across = tap % shape.size - shape.padding;
  const Range rows = inside(shape.out_height, shape.height, shape.stride, down),
              columns = inside(shape.out_width, shape.width, shape.stride, across);
  const int64_t line = plan.taps * plan.in_groups * kRows, beside = plan.blocks_at_once * kTile;
  float* sums = dw + out * kRows * line + (tap * plan.in_groups + in) * kRows;
  if (fresh)
    zero_sums(tiles);
  else
    load_sums(tiles, sums, line);
  const int64_t end = std::min(rows.end, row + plan.rows_at_once);
  for (int64_t oh = std::max(row, rows.first); oh < end; ++oh) {
    const uint16_t* top = packed.dy_at(oh) + out * beside;
    const uint16_t* image = packed.x_at(oh * shape.stride + down) + in * beside;
    for (int64_t ow = columns.first; ow < columns.end; ++ow) {
      const uint16_t* a = top + ow * plan.out_groups * beside;
      const uint16_t* b = image + (ow * shape.stride + across) * plan.in_groups * beside;
      for (int64_t at = 0; at < beside; at += kTile) {
        add_products(tiles, a + at, b + at, beside);
      }
    }
  }
  store_sums(tiles, sums, line);
}

/// Everything is packed first, then threads share the filter out.
template <class Tiles>
void share_filter(const Plan& plan, const uint16_t* x, const uint16_t* dy, float* dw, uint16_t* scratch,
                  const Parallel& parallel) {
  const Packed packed(plan, scratch);
  parallel(plan.shape.height, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) packed.pack_x(x, 0, plan.blocks, row);
  });
  parallel(plan.shape.out_height, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) packed.pack_dy(dy, 0, plan.blocks, row);
  });
  parallel(plan.items(), [&](int64_t begin, int64_t end) {
    Tiles tiles;
    for (int64_t row = 0; row < plan.shape.out_height; row += plan.rows_at_once)
      for (int64_t item = begin; item < end; ++item) add_chunk(tiles, packed, item, row, row == 0, dw);
  });
}

/// One piece of the images: packed a few rows at a time, which never leave the cache.
template <class Tiles>
void add_piece(const Plan& plan, int64_t piece, const uint16_t* x, const uint16_t* dy, float* dw,
               uint16_t* scratch) {
  const ConvolutionShape& shape = plan.shape;
  const Packed packed(plan, scratch);
  Tiles tiles;
  bool fresh = true;
  const int64_t end_block = plan.blocks * (piece + 1) / plan.pieces;
  for (int64_t block = plan.blocks * piece / plan.pieces; block < end_block; ++block) {
    int64_t ready = 0;  // rows of x
    for (int64_t row = 0; row < shape.out_height; row += plan.rows_at_once) {
      const int64_t first = std::max(int64_t{0}, row * shape.stride - shape.padding);
      const int64_t next = std::min(shape.height, row * shape.stride - shape.padding + plan.x_span());
      for (ready = std::max(ready, first); ready < next; ++ready) packed.pack_x(x, block, 1, ready);
      const int64_t end_row = std::min(shape.out_height, row + plan.rows_at_once);
      for (int64_t oh = row; oh < end_row; ++oh) packed.pack_dy(dy, block, 1, oh);
      for (int64_t item = 0; item < plan.items(); ++item) add_chunk(tiles, packed, item, row, fresh, dw);
      fresh = false;
    }
  }
}

template <class Tiles>
void share_images(const Plan& plan, const uint16_t* x, const uint16_t* dy, float* dw, uint16_t* scratch,
                  const Parallel& parallel) {
  auto* others = reinterpret_cast<float*>(scratch);  // sums of the pieces after the first
  uint16_t* rows = scratch + (plan.pieces - 1) * plan.sums * 2;
  parallel(plan.pieces, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece)
      add_piece<Tiles>(plan, piece, x, dy, piece == 0 ? dw : others + (piece - 1) * plan.sums,
                       rows + piece * plan.packed());
  });
  parallel(plan.sums, [&](int64_t begin, int64_t end) {
    for (int64_t piece = 0; piece + 1 < plan.pieces; ++piece)
      for (int64_t i = begin; i < end; ++i) dw[i] += others[piece * plan.sums + i];
  });
}

}  // namespace

int64_t filter_gradient_scratch(const ConvolutionShape& shape) {
  const Plan plan(shape);
  return plan.pieces * plan.packed() + (plan.pieces - 1) * plan.sums * 2;
}

void filter_gradient(const ConvolutionShape& shape, const uint16_t* x, const uint16_t* dy, float* dw,
                     uint16_t* scratch, const Parallel& parallel, bool emulate) {
  const Plan plan(shape);
  const auto run = [&](auto share) { share(plan, x, dy, dw, scratch, parallel); };
#if defined(SSLMEM_AMX)
  if (!emulate) return run(plan.pieces > 1 ? share_images<Hardware> : share_filter<Hardware>);
#endif
  (void)emulate;
  run(plan.pieces > 1 ? share_images<Emulated> : share_filter<Emulated>);
}

}  // namespace sslmem::amx
