#pragma once
// Checks operations before any pixel is touched: the limits of their numbers (op_fields.h), and whether they
// fit the image.

#include <cstdint>
#include <string>

#include "chain.h"
#include "op.h"

namespace sslmem {

constexpr int32_t kMaxSide = 1 << 24;             ///< of any image on the way, in pixels; exact in float32
constexpr int64_t kMaxPixels = int64_t{1} << 28;  ///< of any image on the way: 3 GiB of float32
constexpr int32_t kMaxKernel = (1 << 16) + 1;

constexpr size_t kOpKinds = static_cast<size_t>(OpKind::Normalize) + 1;
constexpr size_t kTransformKinds = static_cast<size_t>(TransformKind::Normalize) + 1;

/// "224 x 224" (height x width).
std::string size_text(OutputSize size);

/// Checks every number of `op` for an image of `size` and returns the size of its result. Throws
/// std::invalid_argument, with `where` in the message.
OutputSize check_op(const Op& op, OutputSize size, const std::string& where);

/// Throws std::invalid_argument unless reflecting at the borders is possible: kernel_size / 2 < side.
void check_blur_fits(const Op& op, OutputSize size, const std::string& where);

/// Whether a random_crop pads first.
bool has_padding(const Op& crop);

/// The Pad that a random_crop's operation (which carries the padding too) begins with.
Op random_crop_pad(const Op& crop);

/// Name of an operation, as in torchvision.transforms.v2.functional.
const char* op_name(OpKind kind);

}  // namespace sslmem
