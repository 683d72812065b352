#include "number_field.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace sslmem {

namespace {

std::string limits_text(Limits limits) {
  if (std::isinf(limits.high)) return std::isinf(limits.low) ? "" : " >= " + number_text(limits.low);
  return " in [" + number_text(limits.low) + ", " + number_text(limits.high) + "]";
}

}  // namespace

void refuse_field(const Place& place, const char* field, const std::string& expected,
                  const std::string& received) {
  throw std::invalid_argument("Expected " + expected + " for " + field + " of " + place.text() +
                              " but received " + received);
}

std::string number_text(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

std::string numbers_text(const double* values, size_t count) {
  if (count == 1) return number_text(values[0]);
  std::string out = "[";
  for (size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + number_text(values[i]);
  return out + "]";
}

std::string expected_text(const NumberRule& rule) {
  const std::string sort = rule.form == NumberForm::Odd ? "odd integer" : rule.whole ? "integer" : "number";
  const std::string one = (sort == "number" ? "a " : "an ") + sort, limits = limits_text(rule.limits);
  if (rule.form == NumberForm::Spread) return one + " >= 0 or [low, high] with low <= high, both" + limits;
  if (rule.form == NumberForm::Ordered) {
    return (rule.least == 1 ? one + " or " : "") + "[low, high] with low <= high, both" + limits;
  }
  if (rule.count == 1) return one + limits;
  std::string counts;
  for (size_t n = rule.least; n < rule.count; ++n) {
    if (rule.count % n == 0) counts += (counts.empty() ? "" : ", ") + std::to_string(n);
  }
  return counts + (counts.empty() ? "" : " or ") + std::to_string(rule.count) + " " + sort + "s" + limits;
}

void check_numbers(const NumberRule& rule, const Place& place, const double* values, size_t count) {
  if (!numbers_fit(rule, values, count)) {
    refuse_field(place, rule.name, expected_text(rule), numbers_text(values, count));
  }
}

std::array<double, 4> expand_numbers(const NumberRule& rule, const Place& place, const double* given,
                                     size_t count, double center) {
  std::array<double, 4> values{};
  bool counts = count >= rule.least && count <= rule.count && rule.count % count == 0;
  if (counts && count == 1 && rule.form == NumberForm::Spread) {
    values = {std::max(center - given[0], rule.limits.low), center + given[0]};
    counts = given[0] >= 0.0;
  } else if (counts) {
    for (size_t i = 0; i < rule.count; ++i) values[i] = given[i % count];
    if (count == 1 && rule.form == NumberForm::ShorterSide) values[1] = 0.0;
  }
  const size_t held = rule.form == NumberForm::ShorterSide ? count : rule.count;
  if (!counts || !numbers_fit(rule, values.data(), held)) {
    refuse_field(place, rule.name, expected_text(rule), numbers_text(given, count));
  }
  return values;
}

}  // namespace sslmem
