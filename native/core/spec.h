#pragma once
// Transforms and operations as named values: how they come from JavaScript and go there
// (src/augment/specs.ts).

#include <string>
#include <utility>
#include <vector>

#include "chain.h"
#include "op.h"

namespace sslmem {

/// A value beside a name.
struct SpecValue {
  enum class Type { Number, Numbers, Flag, Text, Other };
  Type type = Type::Other;
  std::vector<double> numbers;  ///< Number: one
  bool flag = false;
  std::string text;  ///< Other: what it is, for messages
};

/// One object: its values in order. "transform" or "op" names it.
using Spec = std::vector<std::pair<std::string, SpecValue>>;

/// Throws std::invalid_argument, naming the transform and the field, when a name or field is unknown, one is
/// missing, a value is out of its limits, or the chain does not give one output size for every image.
Chain read_chain(const std::vector<Spec>& transforms);

/// Reads what write_op writes; `where`, for messages: "list 2". Throws as read_chain.
std::vector<Op> read_ops(const std::vector<Spec>& ops, const std::string& where);

/// Every argument of the operation, in a fixed order.
Spec write_op(const Op& op);

}  // namespace sslmem
