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
  bool has(const std::string& field) const;

  double number(const std::string& field, double low, double high);
  double number_or(const std::string& field, double low, double high, double otherwise);
  int32_t integer(const std::string& field, int64_t low, int64_t high);
  bool boolean_or(const std::string& field, bool otherwise);
  std::string text_or(const std::string& field, const std::string& otherwise);
  /// `count` numbers, each in [low, high]. A single number stands for all of them if `repeat`.
  std::vector<double> numbers(const std::string& field, size_t least, size_t most, double low, double high,
                              bool repeat = false);
  std::vector<int32_t> integers(const std::string& field, size_t least, size_t most, int64_t low,
                                int64_t high, bool repeat = false);
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
