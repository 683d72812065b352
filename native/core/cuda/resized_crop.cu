// Crop, antialiased resize and flips in one kernel, from packed bytes to float planes. A block makes a tile
// of a view: rows of the box are weighed along x into shared memory, a few at a time, and added along y to
// what each thread keeps of its pixel. So the memory does not depend on how much the box shrinks.

#include <climits>

#include "core/color_math.h"
#include "core/cuda/launch.h"
#include "core/cuda/sizes.h"
#include "core/cuda/views.h"
#include "core/resample_math.h"

namespace sslmem::cuda {

namespace {

constexpr int kTileX = 32, kTileY = 8;  // a tile; one thread a pixel
constexpr int kRows = 2 * kTileY;       // rows of the box that are weighed at a time
constexpr int kTaps = 32;               // pixels of a window whose weights are kept at a time

// One output position along an axis.
struct Position {
  ResampleWindow window;
  float total;  // of the weights
};

struct Tile {
  Position x[kTileX], y[kTileY];
  float weight_x[kTaps][kTileX], weight_y[kTileY][kRows];
  float rows[kRows][3][kTileX];
};

__device__ inline Position position_of(const ResampleAxis& axis, int i) {
  Position out{resample_window(axis, i), 0.0f};
  for (int j = 0; j < out.window.count; ++j) out.total += resample_weight(axis, out.window, j);
  return out;
}

// Weight of input first + j; 0 outside the window.
__device__ inline float weight_of(const ResampleAxis& axis, const Position& position, int j) {
  if (j < 0 || j >= position.window.count) return 0.0f;
  const float weight = resample_weight(axis, position.window, j);
  return position.total != 0.0f ? weight / position.total : weight;
}

__global__ void resized_crop_kernel(const CropView* views, int out_height, int out_width, int tiles_x,
                                    int tiles_y, float* planes) {
  SSLMEM_SHARED(Tile, tile);
  const unsigned tiles = static_cast<unsigned>(tiles_x) * static_cast<unsigned>(tiles_y);
  const CropView view = views[blockIdx.x / tiles];
  const int index = static_cast<int>(blockIdx.x % tiles), thread = static_cast<int>(threadIdx.x);
  const int x0 = index % tiles_x * kTileX, y0 = index / tiles_x * kTileY;
  const int tile_x = thread % kTileX, tile_y = thread / kTileX;
  const int columns = smaller(kTileX, out_width - x0), rows = smaller(kTileY, out_height - y0);
  const bool bicubic = view.interpolation == Interpolation::Bicubic;
  const ResampleAxis axis_x = resample_axis(view.width, out_width, bicubic);
  const ResampleAxis axis_y = resample_axis(view.height, out_height, bicubic);

  if (thread < columns) {
    const int x = x0 + thread;
    tile.x[thread] = position_of(axis_x, view.flip_columns ? out_width - 1 - x : x);
  } else if (thread >= kTileX && thread - kTileX < rows) {
    const int y = y0 + thread - kTileX;
    tile.y[thread - kTileX] = position_of(axis_y, view.flip_rows ? out_height - 1 - y : y);
  }
  __syncthreads();
  int most = 0, begin = INT_MAX, end = 0;
  for (int i = 0; i < columns; ++i) most = larger(most, tile.x[i].window.count);
  for (int i = 0; i < rows; ++i) {
    begin = smaller(begin, tile.y[i].window.first);
    end = larger(end, tile.y[i].window.first + tile.y[i].window.count);
  }

  float pixel[3] = {0.0f, 0.0f, 0.0f};
  for (int chunk = begin; chunk < end; chunk += kRows) {
    float sums[2][3] = {{0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f}};
    for (int taps = 0; taps < most; taps += kTaps) {
      if (chunk == begin || most > kTaps) {  // else the weights are there from the first rows
        __syncthreads();
        for (int i = thread; i < kTaps * columns; i += kTileX * kTileY) {
          const int tap = i / columns, column = i % columns;
          tile.weight_x[tap][column] = weight_of(axis_x, tile.x[column], taps + tap);
        }
        __syncthreads();
      }
      for (int half = 0; half < 2 && tile_x < columns; ++half) {
        const int y = view.top + chunk + tile_y + half * kTileY;
        if (y - view.top >= end || y < 0 || y >= view.image_height) continue;
        const ResampleWindow window = tile.x[tile_x].window;
        const int left = view.left + window.first + taps;
        const uint8_t* row = view.pixels + static_cast<size_t>(y) * static_cast<size_t>(view.image_width) * 3;
        const int last = smaller(smaller(kTaps, window.count - taps), view.image_width - left);
        for (int tap = larger(0, -left); tap < last; ++tap) {
          const uint8_t* from = row + static_cast<size_t>(left + tap) * 3;
          const float weight = tile.weight_x[tap][tile_x];
          for (int c = 0; c < 3; ++c) sums[half][c] += static_cast<float>(from[c]) * weight;
        }
      }
    }
    __syncthreads();
    for (int half = 0; half < 2 && tile_x < columns; ++half) {
      for (int c = 0; c < 3; ++c) tile.rows[tile_y + half * kTileY][c][tile_x] = sums[half][c];
    }
    for (int i = thread; i < rows * kRows; i += kTileX * kTileY) {
      const Position& position = tile.y[i / kRows];
      tile.weight_y[i / kRows][i % kRows] =
          weight_of(axis_y, position, chunk + i % kRows - position.window.first) * (1.0f / 255.0f);
    }
    __syncthreads();
    if (tile_x < columns && tile_y < rows) {
      const ResampleWindow window = tile.y[tile_y].window;
      const int last = smaller(window.first + window.count - chunk, kRows);
      for (int row = larger(window.first - chunk, 0); row < last; ++row) {
        const float weight = tile.weight_y[tile_y][row];
        for (int c = 0; c < 3; ++c) pixel[c] += tile.rows[row][c][tile_x] * weight;
      }
    }
  }

  if (tile_x >= columns || tile_y >= rows) return;
  const size_t plane = static_cast<size_t>(out_height) * static_cast<size_t>(out_width);
  float* out = planes + static_cast<size_t>(blockIdx.x / tiles) * 3 * plane +
               static_cast<size_t>(y0 + tile_y) * static_cast<size_t>(out_width) +
               static_cast<size_t>(x0 + tile_x);
  for (int c = 0; c < 3; ++c) out[static_cast<size_t>(c) * plane] = pixel[c];
}

}  // namespace

void resized_crop(const CropView* views, size_t count, int height, int width, float* planes, Stream stream) {
  if (count == 0) return;
  check_size(height, width);
  const int tiles_x = (width + kTileX - 1) / kTileX, tiles_y = (height + kTileY - 1) / kTileY;
  const unsigned blocks = block_count(count, static_cast<uint64_t>(tiles_x) * static_cast<uint64_t>(tiles_y));
  SSLMEM_LAUNCH(resized_crop_kernel, blocks, kTileX * kTileY, 0, stream, views, height, width, tiles_x,
                tiles_y, planes);
}

}  // namespace sslmem::cuda
