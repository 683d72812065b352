#pragma once
// JSON of the golden files and of the chains in these tests. It is our own, so nothing is checked but that
// it ends; strings have no escapes.

#include <cctype>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/number_field.h"
#include "core/spec.h"

namespace sslmem::test {

struct Json {
  SpecValue value;  // numbers, texts and flags; Other for the rest
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  const Json& operator[](const std::string& name) const {
    for (const auto& member : members) {
      if (member.first == name) return member.second;
    }
    throw std::runtime_error("Expected a member " + name);
  }
  double number() const { return value.numbers.at(0); }
  int integer() const { return static_cast<int>(number()); }
};

class JsonReader {
 public:
  explicit JsonReader(const std::string& text) : text_(text) {}

  Json read() {
    Json out;
    const char c = peek();
    if (c == '{') {
      do {
        ++at_;
        if (peek() == '}') break;
        std::string name = word();
        peek();
        ++at_;  // the colon
        out.members.emplace_back(std::move(name), read());
      } while (peek() == ',');
      ++at_;
    } else if (c == '[') {
      do {
        ++at_;
        if (peek() == ']') break;
        out.items.push_back(read());
      } while (peek() == ',');
      ++at_;
    } else if (c == '"') {
      out.value = {SpecValue::Type::Text, {}, false, word()};
    } else if (c == 't' || c == 'f') {
      out.value = {SpecValue::Type::Flag, {}, c == 't', {}};
      at_ += c == 't' ? 4 : 5;
    } else {
      size_t length = 0;
      out.value = {SpecValue::Type::Number, {std::stod(text_.substr(at_, 40), &length)}, false, {}};
      at_ += length;
    }
    return out;
  }

 private:
  char peek() {
    while (std::isspace(static_cast<unsigned char>(text_.at(at_)))) ++at_;
    return text_.at(at_);
  }
  std::string word() {
    peek();
    const size_t begin = at_ + 1;
    const size_t end = text_.find('"', begin);
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }

  const std::string& text_;
  size_t at_ = 0;
};

inline Json parse_json(const std::string& text) { return JsonReader(text).read(); }

inline std::vector<Spec> specs_of(const Json& list) {
  std::vector<Spec> specs;
  for (const Json& object : list.items) {
    Spec spec;
    for (const auto& [name, json] : object.members) {
      SpecValue value = json.value;
      if (!json.items.empty()) value.type = SpecValue::Type::Numbers;
      for (const Json& item : json.items) value.numbers.push_back(item.number());
      spec.emplace_back(name, value);
    }
    specs.push_back(spec);
  }
  return specs;
}

inline Chain chain_of(const std::string& json) { return read_chain(specs_of(parse_json(json))); }
inline std::vector<Op> ops_of(const std::string& json) {
  return read_ops(specs_of(parse_json(json)), "the list");
}

/// Every argument of every operation, for comparisons and messages.
inline std::string text_of(const std::vector<Op>& ops) {
  std::string out;
  for (const Op& op : ops) {
    for (const auto& [name, value] : write_op(op)) {
      out += name + ":" + value.text + (value.flag ? "true" : "");
      for (const double number : value.numbers) out += " " + number_text(number);
      out += "; ";
    }
  }
  return out;
}

}  // namespace sslmem::test
