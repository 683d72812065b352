#pragma once
// What an operation accepts: sizes and ranges of its numbers. Checked once per view, before any pixel is
// touched.

#include <cstdint>
#include <string>

#include "chain.h"
#include "op.h"

namespace sslmem {

constexpr int64_t kMaxSide = int64_t{1} << 24;    ///< of any image on the way, in pixels; exact in float32
constexpr int64_t kMaxPixels = int64_t{1} << 28;  ///< of any image on the way: 3 GiB of float32
constexpr double kMaxFactor = 1e6;
constexpr double kMinSigma = 1e-6, kMaxSigma = 1e6;  ///< pixels
constexpr double kMinStd = 1e-12;
constexpr int32_t kMaxKernel = (1 << 16) + 1;

/// "224 x 224" (height x width).
std::string size_text(OutputSize size);

/// Checks every number of `op` for an image of `size` and returns the size of its result. Throws
/// std::invalid_argument, with `where` in the message.
OutputSize check_op(const Op& op, OutputSize size, const std::string& where);

/// Throws std::invalid_argument unless reflecting at the borders is possible: kernel_size / 2 < side.
void check_blur_fits(const Op& op, OutputSize size, const std::string& where);

/// The Pad that a random_crop's operation (which carries the padding too) begins with.
Op random_crop_pad(const Op& crop);

/// Name of an operation, as in its JSON.
const char* op_name(OpKind kind);

}  // namespace sslmem
