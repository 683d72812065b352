#include "json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace sslmem {

namespace {

constexpr int kMaxDepth = 32;

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  JsonValue parse() {
    JsonValue value = parse_value(0);
    skip_space();
    if (at_ != text_.size()) fail("the end of the text");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    const std::string got =
        at_ < text_.size() ? "'" + std::string(1, text_[at_]) + "'" : "the end of the text";
    throw std::invalid_argument("Expected " + expected + " at byte " + std::to_string(at_) +
                                " of the JSON but received " + got);
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool take(char c) {
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  void expect(char c) {
    if (!take(c)) fail("'" + std::string(1, c) + "'");
  }

  bool take_word(const char* word) {
    const std::string expected(word);
    if (text_.compare(at_, expected.size(), expected) != 0) return false;
    at_ += expected.size();
    return true;
  }

  JsonValue parse_value(int depth) {
    if (depth > kMaxDepth) fail("at most " + std::to_string(kMaxDepth) + " levels of nesting");
    skip_space();
    JsonValue value;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '{') {
      parse_object(value, depth);
    } else if (c == '[') {
      parse_array(value, depth);
    } else if (c == '"') {
      value.type = JsonValue::Type::String;
      value.string = parse_string();
    } else if (take_word("true") || take_word("false")) {
      value.type = JsonValue::Type::Boolean;
      value.boolean = c == 't';
    } else if (take_word("null")) {
      value.type = JsonValue::Type::Null;
    } else {
      value.type = JsonValue::Type::Number;
      value.number = parse_number();
    }
    return value;
  }

  void parse_array(JsonValue& value, int depth) {
    value.type = JsonValue::Type::Array;
    expect('[');
    skip_space();
    if (take(']')) return;
    do {
      value.items.push_back(parse_value(depth + 1));
      skip_space();
    } while (take(','));
    expect(']');
  }

  void parse_object(JsonValue& value, int depth) {
    value.type = JsonValue::Type::Object;
    expect('{');
    skip_space();
    if (take('}')) return;
    do {
      skip_space();
      std::string name = parse_string();
      if (value.find(name) != nullptr) fail("each name once in an object, not \"" + name + "\" again,");
      skip_space();
      expect(':');
      value.members.emplace_back(std::move(name), parse_value(depth + 1));
      skip_space();
    } while (take(','));
    expect('}');
  }

  double parse_number() {
    // std::from_chars is looser than JSON (it takes 01, 1., .5, inf), so the grammar is checked first.
    const size_t start = at_;
    take('-');
    if (!take('0')) digits();
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
    double number = 0.0;
    const auto result = std::from_chars(text_.data() + start, text_.data() + at_, number);
    if (result.ec != std::errc() || !std::isfinite(number)) {
      at_ = start;
      fail("a number that a double can hold");
    }
    return number;
  }

  void digits() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    if (at_ == start) fail("a value");
  }

  uint32_t hex4() {
    uint32_t code = 0;
    const auto end = text_.data() + std::min(at_ + 4, text_.size());
    const auto result = std::from_chars(text_.data() + at_, end, code, 16);
    if (result.ptr != text_.data() + at_ + 4) fail("four hexadecimal digits");
    at_ += 4;
    return code;
  }

  std::string parse_string() {
    expect('"');
    std::string out;
    while (!take('"')) {
      if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) fail("a closing '\"'");
      if (!take('\\')) {
        out += text_[at_++];
        continue;
      }
      static const std::string kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
      const size_t which = at_ < text_.size() ? kEscapes.find(text_[at_]) : std::string::npos;
      if (which != std::string::npos) {
        out += kMeanings[which];
        ++at_;
      } else if (take('u')) {
        append_utf8(hex4(), out);
      } else {
        fail("an escape");
      }
    }
    return out;
  }

  void append_utf8(uint32_t code, std::string& out) {
    if (code >= 0xD800 && code < 0xDC00 && take_word("\\u")) {
      const uint32_t low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail("a low surrogate before this byte");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code <= 0xDFFF) fail("a pair of surrogates before this byte");
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    const int trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const uint32_t lead = trailing == 1 ? 0xC0 : trailing == 2 ? 0xE0 : 0xF0;
    out += static_cast<char>(lead | code >> (6 * trailing));
    for (int i = trailing - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(const std::string& name) const {
  for (const auto& member : members) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

JsonValue parse_json(const std::string& text) { return Parser(text).parse(); }

void append_number(double value, std::string& out) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, result.ptr);
}

}  // namespace sslmem
