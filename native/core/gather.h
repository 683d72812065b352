#pragma once
// Crops, paddings and flips: operations that only move pixels. Any run of them is one map of rows and one of
// columns.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "op.h"
#include "planes.h"

namespace sslmem {

/// Pixel (y, x) of the result is pixel (rows[y], columns[x]) of the image, or `fill` where either is -1.
class GatherMap {
 public:
  /// The identity of an image of that size.
  void reset(OutputSize size);

  /// Follows the map by `op` (ResizedCrop stands for its crop). False, with nothing changed, if the two fills
  /// differ, so that one map cannot hold both. `op` has been checked for the map's size.
  bool append(const Op& op);

  static bool takes(OpKind kind);

  OutputSize size() const { return {static_cast<int>(rows_.size()), static_cast<int>(columns_.size())}; }

  /// Rows [begin, end) from a uint8 RGB image, on the [0, 1] scale.
  void rows(const uint8_t* pixels, size_t image_width, int begin, int end, PlanePointers to) const;

  /// All rows from float planes.
  void apply(const Planes& from, Planes& to) const;

 private:
  bool has_fill() const;
  void extend(int top, int left, int height, int width, PaddingMode mode);

  std::vector<int32_t> rows_, columns_;
  std::vector<int32_t> spare_rows_, spare_columns_;  // working memory
  float fill_ = 0.0f;
};

}  // namespace sslmem
