#pragma once
// A small strict JSON reader (RFC 8259) for transform and operation lists. Nothing else in the core reads
// JSON.

#include <string>
#include <utility>
#include <vector>

namespace sslmem {

struct JsonValue {
  enum class Type { Null, Boolean, Number, String, Array, Object };
  Type type = Type::Null;
  bool boolean = false;
  double number = 0.0;
  std::string string;
  std::vector<JsonValue> items;  ///< Array
  std::vector<std::pair<std::string, JsonValue>>
      members;  ///< Object, in the order of the text; names are unique

  /// The member of that name, or nullptr.
  const JsonValue* find(const std::string& name) const;
};

/// Reads one JSON text. Throws std::invalid_argument with the byte position when the text is malformed, has
/// something after its end, repeats a name in an object, or nests deeper than 32.
JsonValue parse_json(const std::string& text);

/// The shortest decimal that reads back as the same double. The value must be finite.
void append_number(double value, std::string& out);

}  // namespace sslmem
