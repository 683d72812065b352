#pragma once
// A small test framework: TEST(name) { CHECK(...); CHECK_NEAR(...); CHECK_THROWS(...); }, run by main.cpp.

#include <cmath>
#include <cstddef>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace check {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Test {
  std::string name;
  std::function<void()> body;
};

/// All tests of the program, in the order of their registration.
inline std::vector<Test>& registry() {
  static std::vector<Test> tests;
  return tests;
}

struct Registration {
  Registration(const char* name, std::function<void()> body) {
    registry().push_back({name, std::move(body)});
  }
};

[[noreturn]] inline void fail(const char* file, int line, const std::string& what) {
  throw Failure(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

/// Fails unless every element of `actual` is within `tolerance` of `expected` (absolute); NaN is near NaN
/// only. Names the worst element.
template <class A, class B>
void near(const char* file, int line, const A* actual, const B* expected, size_t count, double tolerance) {
  size_t worst = 0;
  double worst_error = -1.0;
  for (size_t i = 0; i < count; ++i) {
    const double a = static_cast<double>(actual[i]), b = static_cast<double>(expected[i]);
    double error = std::fabs(a - b);
    if (std::isnan(a) || std::isnan(b)) error = std::isnan(a) && std::isnan(b) ? 0.0 : INFINITY;
    if (a == b) error = 0.0;  // equal infinities
    if (error > worst_error) {
      worst_error = error;
      worst = i;
    }
  }
  if (worst_error <= tolerance) return;
  std::ostringstream text;
  text.precision(17);
  text << "element " << worst << " of " << count << ": received " << actual[worst] << ", expected "
       << expected[worst] << " (error " << worst_error << ", tolerance " << tolerance << ")";
  fail(file, line, text.str());
}

/// Fails unless `body` throws an E whose text contains `part`.
template <class E>
void throws(const char* file, int line, const std::function<void()>& body, const std::string& part) {
  try {
    body();
  } catch (const E& error) {
    if (std::string(error.what()).find(part) == std::string::npos) {
      fail(file, line, "the error says \"" + std::string(error.what()) + "\", without \"" + part + "\"");
    }
    return;
  }
  fail(file, line, "no error was thrown; expected one with \"" + part + "\"");
}

}  // namespace check

#define TEST(name)                                                            \
  static void test_##name();                                                  \
  static const ::check::Registration registration_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) ::check::fail(__FILE__, __LINE__, #condition); \
  } while (false)

/// CHECK_EQUAL(actual, expected): fails with both values.
#define CHECK_EQUAL(actual, expected)                                                      \
  do {                                                                                     \
    const auto& actual_value = (actual);                                                   \
    const auto& expected_value = (expected);                                               \
    if (!(actual_value == expected_value)) {                                               \
      std::ostringstream text;                                                             \
      text.precision(17);                                                                  \
      text << #actual << ": received " << actual_value << ", expected " << expected_value; \
      ::check::fail(__FILE__, __LINE__, text.str());                                       \
    }                                                                                      \
  } while (false)

/// CHECK_NEAR(actual, expected, count, tolerance) over arrays, by pointer.
#define CHECK_NEAR(actual, expected, count, tolerance) \
  ::check::near(__FILE__, __LINE__, actual, expected, count, tolerance)

/// CHECK_CLOSE(actual, expected, tolerance) for two numbers.
#define CHECK_CLOSE(actual, expected, tolerance)                                     \
  do {                                                                               \
    const double actual_value = (actual), expected_value = (expected);               \
    ::check::near(__FILE__, __LINE__, &actual_value, &expected_value, 1, tolerance); \
  } while (false)

/// CHECK_THROWS(ErrorType, statement, "part of the text").
#define CHECK_THROWS(Error, statement, part) \
  ::check::throws<Error>(__FILE__, __LINE__, [&] { statement; }, part)
