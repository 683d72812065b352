#pragma once
// A named group of numbers of an operation or transform: where they are kept, and which values they may have.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "multiversion.h"

namespace sslmem {

/// Both ends belong to it; an infinite one leaves that side open, to finite numbers.
struct Limits {
  double low, high;
};

enum class NumberForm : uint8_t {
  Plain,        ///< fewer numbers than there are places are repeated
  Odd,          ///< the same, and all are odd
  ShorterSide,  ///< one number leaves the second place 0
  Ordered,      ///< [low, high] with low <= high
  Spread,  ///< the same, or one number v >= 0: from v below the default to v above it, cut at the low limit
};

/// What a group of numbers must be.
struct NumberRule {
  const char* name;
  size_t count, least;  ///< places, and how many numbers must be given for them (a divisor of count)
  Limits limits;
  bool whole;  ///< integers
  NumberForm form = NumberForm::Plain;
  bool required = true;
};

/// A rule with the places of the numbers: int32_t or double, const where they are only read.
template <class T>
struct NumberField : NumberRule {
  std::array<T*, 4> at{};

  NumberField optional() const {
    NumberField out = *this;
    out.required = false;
    return out;
  }
};

template <class T>
SSLMEM_INLINE NumberField<T> number_field(const char* name, std::initializer_list<T*> at, size_t least,
                                          Limits limits, NumberForm form = NumberForm::Plain) {
  NumberField<T> field{{name, at.size(), least, limits, std::is_integral_v<T>, form}, {}};
  size_t i = 0;
  for (T* place : at) field.at[i++] = place;
  return field;
}

/// What a message calls an operation or transform: "transform 1 (random_invert)".
struct Place {
  const std::string& where;
  const char* name;

  std::string text() const { return where + " (" + name + ")"; }
};

/// Throws std::invalid_argument: "Expected EXPECTED for FIELD of PLACE but received RECEIVED".
[[noreturn]] void refuse_field(const Place& place, const char* field, const std::string& expected,
                               const std::string& received);

/// What the rule wants, for messages: "an integer in [1, 16777216]".
std::string expected_text(const NumberRule& rule);

/// The shortest decimal that reads back as the same double; "[1, 2]" for more or fewer than one.
std::string number_text(double value);
std::string numbers_text(const double* values, size_t count);

/// Whether `values`, `count` of them in their places, are what the rule wants. Inline, for every operation of
/// every view is checked.
SSLMEM_INLINE bool numbers_fit(const NumberRule& rule, const double* values, size_t count) {
  const bool ordered = rule.form == NumberForm::Ordered || rule.form == NumberForm::Spread;
  if (ordered && count == 2 && !(values[0] <= values[1])) return false;
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i];
    if (!(value >= rule.limits.low && value <= rule.limits.high) || !std::isfinite(value)) return false;
    if (!rule.whole) continue;
    const auto integer = static_cast<int64_t>(value);  // limits of integers are those of int32_t at most
    if (static_cast<double>(integer) != value) return false;
    if (rule.form == NumberForm::Odd && integer % 2 == 0) return false;
  }
  return true;
}

/// Throws std::invalid_argument unless numbers_fit.
void check_numbers(const NumberRule& rule, const Place& place, const double* values, size_t count);

/// The values of all places from the `count` numbers that were given; `center`: the default, of Spread.
/// Throws as check_numbers.
std::array<double, 4> expand_numbers(const NumberRule& rule, const Place& place, const double* given,
                                     size_t count, double center);

/// How many of the places hold a number: ShorterSide may leave the second one.
template <class T>
SSLMEM_INLINE size_t numbers_held(const NumberField<T>& field) {
  return field.form == NumberForm::ShorterSide && *field.at[1] == 0 ? 1 : field.count;
}

/// Checks what is kept in the places.
template <class T>
SSLMEM_INLINE void check_field(const NumberField<T>& field, const Place& place) {
  double values[4] = {};
  for (size_t i = 0; i < field.count; ++i) values[i] = static_cast<double>(*field.at[i]);
  const size_t held = numbers_held(field);
  if (!numbers_fit(field, values, held)) check_numbers(field, place, values, held);
}

/// Checks numbers and puts them into their places, which hold the default.
template <class T>
void assign_field(const NumberField<T>& field, const Place& place, const double* given, size_t count) {
  const auto values = expand_numbers(field, place, given, count, static_cast<double>(*field.at[0]));
  if constexpr (!std::is_const_v<T>) {
    for (size_t i = 0; i < field.count; ++i) *field.at[i] = static_cast<T>(values[i]);
  }
}

}  // namespace sslmem
