#pragma once
// A chain of random transforms (what a policy's view group is), the drawing of one view's explicit operations
// from it, and the JSON of both. The JSON forms are documented in src/augment/specs.ts.

#include <array>
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
/// read.
struct Transform {
  TransformKind kind = TransformKind::Normalize;
  double p = 1.0;  ///< probability of being applied
  Op op;           ///< the operation it leads to, with every number that is not random
  Range scale{0.08, 1.0}, ratio{3.0 / 4.0, 4.0 / 3.0};  ///< RandomResizedCrop
  bool has_brightness = false, has_contrast = false, has_saturation = false,
       has_hue = false;                         ///< ColorJitter
  Range brightness, contrast, saturation, hue;  ///< ColorJitter
  Range sigma;                                  ///< GaussianBlur
  bool has_padding = false;                     ///< RandomCrop
};

struct OutputSize {
  int height = 0, width = 0;
};

struct Chain {
  std::vector<Transform> transforms;
  OutputSize size;  ///< of every view, whatever the image
};

/// Reads a JSON array of transforms ({"transform": name, ...}). Throws std::invalid_argument, naming the
/// transform and the field, when the text is not JSON, a name or field is unknown, a value is out of its
/// range, or the chain does not give one output size for every image.
Chain parse_chain(const std::string& json);

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

/// JSON array of operations ({"op": name, ...}); every number is written so that reading it back gives the
/// same value.
std::string ops_to_json(const std::vector<Op>& ops);
void append_ops_json(const std::vector<Op>& ops, std::string& out);

/// Reads what ops_to_json writes. Throws std::invalid_argument as parse_chain does.
std::vector<Op> parse_ops(const std::string& json);

/// Reads a JSON array of operation lists.
std::vector<std::vector<Op>> parse_op_lists(const std::string& json);

}  // namespace sslmem
