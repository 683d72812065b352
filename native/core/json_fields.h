#pragma once
// Typed, checked access to the members of one JSON object; what is left unread is an error, so that a
// misspelt field is never silently ignored.

#include <cstdint>
#include <string>
#include <vector>

#include "json.h"
#include "op.h"

namespace sslmem {

class JsonFields {
 public:
  /// `kind` is the member that names the object ("transform" or "op"). Throws std::invalid_argument if
  /// `value` is not an object with that member; `where` (e.g. "transform 2") begins every message.
  JsonFields(const JsonValue& value, const std::string& kind, const std::string& where);

  const std::string& name() const { return name_; }
  /// Whether the member is there and not null.
  bool has(const std::string& field);

  double number(const std::string& field, double low, double high);
  double number_or(const std::string& field, double low, double high, double otherwise);
  int32_t integer(const std::string& field, int64_t low, int64_t high);
  bool boolean_or(const std::string& field, bool otherwise);
  std::string text_or(const std::string& field, const std::string& otherwise);
  /// `least` to `most` numbers, each in [low, high]. If one is enough, it may stand without its brackets.
  std::vector<double> numbers(const std::string& field, size_t least, size_t most, double low, double high);
  std::vector<int32_t> integers(const std::string& field, size_t least, size_t most, int64_t low,
                                int64_t high);
  Interpolation interpolation();
  PaddingMode padding_mode();

  /// Throws if a member was not asked for.
  void finish() const;
  [[noreturn]] void fail(const std::string& field, const std::string& expected) const;

 private:
  const JsonValue* take(const std::string& field);
  double checked(const JsonValue& value, const std::string& field, double low, double high) const;

  const JsonValue& value_;
  std::string where_, name_;
  std::vector<std::string> read_;
};

}  // namespace sslmem
