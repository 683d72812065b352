#pragma once
// Attributes of a kernel call: what TensorFlow.js hands over beside the tensors, by name.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace sslmem::torch {

class Attributes {
 public:
  /// A number, a boolean (as 0 or 1), a text, or a list of numbers (nested lists are flattened, row by row).
  using Value = std::variant<double, std::string, std::vector<double>>;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  bool has(const std::string& name) const { return values_.count(name) != 0; }

  /// Each throws std::invalid_argument when the attribute is missing or of another kind.
  double number(const std::string& name) const;
  double number(const std::string& name, double otherwise) const;
  int64_t integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
  bool flag(const std::string& name) const { return number(name, 0) != 0; }
  const std::string& text(const std::string& name) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  /// A list, or a single number as a list of one.
  std::vector<int64_t> integers(const std::string& name) const;

 private:
  const Value& at(const std::string& name) const;
  std::unordered_map<std::string, Value> values_;
};

}  // namespace sslmem::torch
