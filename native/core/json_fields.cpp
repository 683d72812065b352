#include "json_fields.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace sslmem {

namespace {

std::string written(double value) {
  std::string out;
  append_number(value, out);
  return out;
}

std::string range_text(double low, double high) {
  if (std::isinf(high)) return std::isinf(low) ? "" : " >= " + written(low);
  return " in [" + written(low) + ", " + written(high) + "]";
}

}  // namespace

JsonFields::JsonFields(const JsonValue& value, const std::string& kind, const std::string& where)
    : value_(value), where_(where) {
  const JsonValue* name = value.type == JsonValue::Type::Object ? value.find(kind) : nullptr;
  if (name == nullptr || name->type != JsonValue::Type::String) {
    throw std::invalid_argument("Expected " + where + " to be an object with a string \"" + kind + "\"");
  }
  name_ = name->string;
  where_ += " (" + name_ + ")";
  read_.push_back(kind);
}

void JsonFields::fail(const std::string& field, const std::string& expected) const {
  throw std::invalid_argument("Expected " + expected + " for " + field + " of " + where_);
}

bool JsonFields::has(const std::string& field) {
  read_.push_back(field);
  const JsonValue* found = value_.find(field);
  return found != nullptr && found->type != JsonValue::Type::Null;
}

const JsonValue* JsonFields::take(const std::string& field) {
  return has(field) ? value_.find(field) : nullptr;
}

double JsonFields::checked(const JsonValue& value, const std::string& field, double low, double high) const {
  const std::string expected = "a number" + range_text(low, high);
  if (value.type != JsonValue::Type::Number) fail(field, expected);
  if (!(value.number >= low && value.number <= high)) {
    fail(field, expected + " (received " + written(value.number) + ")");
  }
  return value.number;
}

double JsonFields::number(const std::string& field, double low, double high) {
  const JsonValue* value = take(field);
  if (value == nullptr) fail(field, "a number" + range_text(low, high));
  return checked(*value, field, low, high);
}

double JsonFields::number_or(const std::string& field, double low, double high, double otherwise) {
  const JsonValue* value = take(field);
  return value == nullptr ? otherwise : checked(*value, field, low, high);
}

std::vector<double> JsonFields::numbers(const std::string& field, size_t least, size_t most, double low,
                                        double high) {
  const JsonValue* value = take(field);
  if (least == 1 && value != nullptr && value->type == JsonValue::Type::Number) {
    return {checked(*value, field, low, high)};
  }
  if (value == nullptr || value->type != JsonValue::Type::Array || value->items.size() < least ||
      value->items.size() > most) {
    const std::string count =
        least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
    fail(field, std::string(least == 1 ? "a number or " : "") + "a list of " + count + " numbers");
  }
  std::vector<double> out;
  for (const JsonValue& item : value->items) out.push_back(checked(item, field, low, high));
  return out;
}

std::vector<int32_t> JsonFields::integers(const std::string& field, size_t least, size_t most, int64_t low,
                                          int64_t high) {
  std::vector<int32_t> out;
  for (const double number :
       numbers(field, least, most, static_cast<double>(low), static_cast<double>(high))) {
    if (number != std::floor(number)) fail(field, "integers (received " + written(number) + ")");
    out.push_back(static_cast<int32_t>(number));
  }
  return out;
}

int32_t JsonFields::integer(const std::string& field, int64_t low, int64_t high) {
  const double value = number(field, static_cast<double>(low), static_cast<double>(high));
  if (value != std::floor(value)) fail(field, "an integer (received " + written(value) + ")");
  return static_cast<int32_t>(value);
}

bool JsonFields::boolean_or(const std::string& field, bool otherwise) {
  const JsonValue* value = take(field);
  if (value == nullptr) return otherwise;
  if (value->type != JsonValue::Type::Boolean) fail(field, "true or false");
  return value->boolean;
}

std::string JsonFields::text_or(const std::string& field, const std::string& otherwise) {
  const JsonValue* value = take(field);
  if (value == nullptr) return otherwise;
  if (value->type != JsonValue::Type::String) fail(field, "a string");
  return value->string;
}

Interpolation JsonFields::interpolation() {
  const std::string name = text_or("interpolation", "bilinear");
  if (name == "bilinear") return Interpolation::Bilinear;
  if (name == "bicubic") return Interpolation::Bicubic;
  fail("interpolation", "\"bilinear\" or \"bicubic\" (received \"" + name + "\")");
}

PaddingMode JsonFields::padding_mode() {
  const std::string name = text_or("padding_mode", "constant");
  if (name == "constant") return PaddingMode::Constant;
  if (name == "reflect") return PaddingMode::Reflect;
  if (name == "edge") return PaddingMode::Edge;
  fail("padding_mode", "\"constant\", \"reflect\" or \"edge\" (received \"" + name + "\")");
}

void JsonFields::finish() const {
  for (const auto& member : value_.members) {
    if (std::find(read_.begin(), read_.end(), member.first) == read_.end()) {
      throw std::invalid_argument("Unknown field \"" + member.first + "\" of " + where_);
    }
  }
}

}  // namespace sslmem
