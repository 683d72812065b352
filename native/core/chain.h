#pragma once
// A chain of random transforms (what a policy's view group is), and the drawing of one view's explicit
// operations from it.

#include <string>
#include <vector>

#include "op.h"
#include "philox.h"

namespace sslmem {

enum class TransformKind : uint8_t {
  RandomResizedCrop,
  Resize,
  CenterCrop,
  RandomCrop,
  RandomHorizontalFlip,
  RandomVerticalFlip,
  ColorJitter,
  RandomGrayscale,
  GaussianBlur,
  RandomSolarize,
  RandomInvert,
  Normalize,
};

struct Range {
  double low = 0.0, high = 0.0;
};

/// A random transform with the semantics of torchvision's class of that name. Only the fields of its kind are
/// read. Names, limits and what is optional: op_fields.h.
struct Transform {
  TransformKind kind = TransformKind::Normalize;
  double p = 1.0;  ///< probability of being applied
  Op op;           ///< the operation it leads to, with every number that is not random
  Range scale{0.08, 1.0}, ratio{3.0 / 4.0, 4.0 / 3.0};                   ///< RandomResizedCrop
  Range brightness{1.0, 1.0}, contrast{1.0, 1.0}, saturation{1.0, 1.0},  ///< ColorJitter: what is as here
      hue{0.0, 0.0};                                                     ///< changes nothing and is left out
  Range sigma{0.1, 2.0};                                                 ///< GaussianBlur
};

/// A transform with the defaults of torchvision's class.
Transform default_transform(TransformKind kind);

/// Its name, as in src/augment/specs.ts.
const char* transform_name(TransformKind kind);

struct OutputSize {
  int height = 0, width = 0;
};

/// Transforms that were checked. Made by make_chain.
struct Chain {
  std::vector<Transform> transforms;
  OutputSize size;  ///< of every view, whatever the image
};

/// Throws std::invalid_argument, naming the transform and the field, when a value is out of its limits, or
/// the transforms do not give one output size for every image.
Chain make_chain(std::vector<Transform> transforms);

/// Output size of every view of the chain.
inline OutputSize output_size(const Chain& chain) { return chain.size; }

/// Output size of explicit operations on an image of the given size. Throws std::invalid_argument when an
/// operation does not fit (a side that becomes empty, overflows, or is smaller than reflect padding needs).
OutputSize output_size(const std::vector<Op>& ops, int height, int width);

/// Draws the operations of the view named by `key` for an image of height x width pixels. The parameters have
/// the distributions of torchvision's transform classes; the numbers come from PhiloxStream(key) in the order
/// of the chain. Throws std::invalid_argument when the image is too small for a random_crop.
std::vector<Op> draw_view(const Chain& chain, int height, int width, const ViewKey& key);

/// The same into a vector that is reused.
void draw_view(const Chain& chain, int height, int width, const ViewKey& key, std::vector<Op>& ops);

}  // namespace sslmem
