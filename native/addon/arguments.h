#pragma once
// Reading arguments from JavaScript. Every reader throws a TypeError (wrong kind) or RangeError (wrong
// value): "Expected X for name but received Y".

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/cancel.h"
#include "core/philox.h"
#include "napi_setup.h"

namespace sslmem::addon {

/// What a value is, for messages: "3.5", "'abc'", "null", "Float32Array of length 4", "an object" …
std::string describe(const Napi::Value& value);

[[noreturn]] void throw_type_error(const Napi::Value& value, const std::string& expected,
                                   const std::string& name);
[[noreturn]] void throw_range_error(Napi::Env env, const std::string& expected, const std::string& name,
                                    const std::string& received);

constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;
constexpr uint32_t kMaxThreads = 1024;

/// An integer number in [low, high].
uint64_t read_integer(const Napi::Value& value, const std::string& name, uint64_t low, uint64_t high);
bool read_boolean(const Napi::Value& value, const std::string& name);
std::string read_string(const Napi::Value& value, const std::string& name);
Napi::Object read_object(const Napi::Value& value, const std::string& name);

/// Index of a string in `choices`.
size_t read_choice(const Napi::Value& value, const std::string& name,
                   const std::vector<std::string>& choices);

/// Elements of a typed array, borrowed from JavaScript.
template <class T>
struct Span {
  T* data = nullptr;
  size_t length = 0;
  Napi::Value owner;

  size_t bytes() const { return length * sizeof(T); }
  std::vector<T> copy() const { return std::vector<T>(data, data + length); }
};

Span<float> read_floats(const Napi::Value& value, const std::string& name);       ///< Float32Array
Span<uint32_t> read_unsigned(const Napi::Value& value, const std::string& name);  ///< Uint32Array
Span<uint8_t> read_bytes(const Napi::Value& value, const std::string& name);      ///< Uint8Array or Buffer
Span<int32_t> read_abort_flag(const Napi::Value& value);  ///< Int32Array(>= 1) or null

/// { seed, purpose, epoch, sample, view }.
ViewKey read_key(const Napi::Value& value, const std::string& name);

/// a * b * …; throws RangeError for `name` if it does not fit 53 bits.
uint64_t product(Napi::Env env, const std::string& name, std::initializer_list<uint64_t> factors);

/// RangeError unless the array has exactly `expected` elements; `shape` says where the number comes from.
template <class T>
void check_length(const Span<T>& span, uint64_t expected, const std::string& name, const std::string& shape) {
  if (span.length == expected) return;
  throw_range_error(span.owner.Env(), std::to_string(expected) + " elements (" + shape + ")", name,
                    std::to_string(span.length));
}

}  // namespace sslmem::addon
