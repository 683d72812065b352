#include "arguments.h"

#include <cmath>
#include <iterator>

namespace sslmem::addon {

namespace {

const char* array_name(napi_typedarray_type type) {
  // In the order of napi_typedarray_type; newer headers know kinds that Node-API 9 does not.
  constexpr const char* kNames[] = {"Int8Array",    "Uint8Array",    "Uint8ClampedArray", "Int16Array",
                                    "Uint16Array",  "Int32Array",    "Uint32Array",       "Float32Array",
                                    "Float64Array", "BigInt64Array", "BigUint64Array",    "Float16Array"};
  static_assert(napi_float32_array == 7 && napi_biguint64_array == 10, "the names stand in another order");
  const auto index = static_cast<size_t>(type);
  return index < std::size(kNames) ? kNames[index] : "a typed array";
}

template <class T>
Span<T> read_array(const Napi::Value& value, const std::string& name, napi_typedarray_type expected) {
  if (!value.IsTypedArray()) throw_type_error(value, array_name(expected), name);
  napi_typedarray_type type{};
  size_t length = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  if (type != expected) throw_type_error(value, array_name(expected), name);
  return {static_cast<T*>(data), length, value};
}

}  // namespace

std::string describe(const Napi::Value& value) {
  if (value.IsTypedArray()) {
    const auto array = value.As<Napi::TypedArray>();
    return std::string(array_name(array.TypedArrayType())) + " of length " +
           std::to_string(array.ElementLength());
  }
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number:
      return value.ToString().Utf8Value() + " of type number";
    case napi_string: {
      std::string text = value.As<Napi::String>().Utf8Value();
      if (text.size() > 40) text = text.substr(0, 40) + "…";
      return "'" + text + "'";
    }
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    case napi_external:
      return "a handle of another kind";
    case napi_bigint:
      return "a bigint";
    case napi_object:
      break;
  }
  return value.IsArray() ? "an array" : "an object";
}

void throw_type_error(const Napi::Value& value, const std::string& expected, const std::string& name) {
  throw Napi::TypeError::New(value.Env(),
                             "Expected " + expected + " for " + name + " but received " + describe(value));
}

void throw_range_error(Napi::Env env, const std::string& expected, const std::string& name,
                       const std::string& received) {
  throw Napi::RangeError::New(env, "Expected " + expected + " for " + name + " but received " + received);
}

uint64_t read_integer(const Napi::Value& value, const std::string& name, uint64_t low, uint64_t high) {
  const std::string expected = "an integer in [" + std::to_string(low) + ", " + std::to_string(high) + "]";
  if (!value.IsNumber()) throw_type_error(value, expected, name);
  const double number = value.As<Napi::Number>().DoubleValue();
  // Compared as doubles: all limits are below 2^53. NaN fails every comparison.
  const bool fits = number >= static_cast<double>(low) && number <= static_cast<double>(high);
  if (!fits || number != std::floor(number)) throw_range_error(value.Env(), expected, name, describe(value));
  return static_cast<uint64_t>(number);
}

bool read_boolean(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) throw_type_error(value, "a boolean", name);
  return value.As<Napi::Boolean>().Value();
}

std::string read_string(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) throw_type_error(value, "a string", name);
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object read_object(const Napi::Value& value, const std::string& name) {
  if (value.Type() != napi_object || value.IsTypedArray() || value.IsArray()) {
    throw_type_error(value, "an object", name);
  }
  return value.As<Napi::Object>();
}

size_t read_choice(const Napi::Value& value, const std::string& name,
                   const std::vector<std::string>& choices) {
  std::string expected = "one of";
  for (const auto& choice : choices) expected += " '" + choice + "'";
  if (!value.IsString()) throw_type_error(value, expected, name);
  const std::string text = value.As<Napi::String>().Utf8Value();
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == text) return i;
  }
  throw_range_error(value.Env(), expected, name, describe(value));
}

Span<float> read_floats(const Napi::Value& value, const std::string& name) {
  return read_array<float>(value, name, napi_float32_array);
}

Span<uint32_t> read_unsigned(const Napi::Value& value, const std::string& name) {
  return read_array<uint32_t>(value, name, napi_uint32_array);
}

Span<uint8_t> read_bytes(const Napi::Value& value, const std::string& name) {
  return read_array<uint8_t>(value, name, napi_uint8_array);
}

Span<int32_t> read_abort_flag(const Napi::Value& value) {
  if (value.IsNull() || value.IsUndefined()) return {nullptr, 0, value};
  const auto flag = read_array<int32_t>(value, "abort", napi_int32_array);
  if (flag.length == 0) throw_range_error(value.Env(), "at least 1 element", "abort", "0");
  return flag;
}

ViewKey read_key(const Napi::Value& value, const std::string& name) {
  const Napi::Object key = read_object(value, name);
  const auto field = [&](const char* which, uint64_t high) {
    return read_integer(key.Get(which), name + "." + which, 0, high);
  };
  ViewKey out;
  out.seed = field("seed", kMaxSafeInteger);
  out.purpose = static_cast<uint32_t>(field("purpose", 255));
  out.epoch = static_cast<uint32_t>(field("epoch", UINT32_MAX));
  out.sample = static_cast<uint32_t>(field("sample", UINT32_MAX));
  out.view = static_cast<uint32_t>(field("view", (1u << 24) - 1));
  return out;
}

uint64_t product(Napi::Env env, const std::string& name, std::initializer_list<uint64_t> factors) {
  uint64_t result = 1;
  for (const uint64_t factor : factors) {
    if (factor != 0 && result > kMaxSafeInteger / factor) {
      throw_range_error(env, "a size below 2^53 elements", name, "a larger one");
    }
    result *= factor;
  }
  return result;
}

}  // namespace sslmem::addon
