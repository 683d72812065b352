#include "specs.h"

#include "arguments.h"

namespace sslmem::addon {

namespace {

using Type = SpecValue::Type;

constexpr uint32_t kMostNumbers = 16;  // more than any field takes

Napi::Array read_list(const Napi::Value& value, const std::string& expected, const std::string& name) {
  if (!value.IsArray()) throw_type_error(value, expected, name);
  return value.As<Napi::Array>();
}

SpecValue other(std::string what) { return {Type::Other, {}, false, std::move(what)}; }

SpecValue read_numbers(const Napi::Array& list) {
  const uint32_t length = list.Length();
  if (length > kMostNumbers) return other("a list of " + std::to_string(length));
  SpecValue out{Type::Numbers, {}, false, {}};
  for (uint32_t i = 0; i < length; ++i) {
    const Napi::Value item = list.Get(i);
    if (!item.IsNumber()) return other("a list with " + describe(item));
    out.numbers.push_back(item.As<Napi::Number>().DoubleValue());
  }
  return out;
}

SpecValue read_value(const Napi::Value& value) {
  if (value.IsNumber()) return {Type::Number, {value.As<Napi::Number>().DoubleValue()}, false, {}};
  if (value.IsBoolean()) return {Type::Flag, {}, value.As<Napi::Boolean>().Value(), {}};
  if (value.IsString()) return {Type::Text, {}, false, value.As<Napi::String>().Utf8Value()};
  if (value.IsArray()) return read_numbers(value.As<Napi::Array>());
  return other(describe(value));
}

Spec read_spec(const Napi::Value& value, const std::string& name) {
  const Napi::Object object = read_object(value, name);
  const Napi::Array names = object.GetPropertyNames();
  Spec spec;
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const Napi::Value field = names.Get(i);
    const Napi::Value held = object.Get(field);
    if (!held.IsUndefined()) spec.emplace_back(field.ToString().Utf8Value(), read_value(held));
  }
  return spec;
}

Napi::Value write_value(Napi::Env env, const SpecValue& value) {
  switch (value.type) {
    case Type::Number:
      return Napi::Number::New(env, value.numbers.at(0));
    case Type::Flag:
      return Napi::Boolean::New(env, value.flag);
    case Type::Numbers: {
      Napi::Array list = Napi::Array::New(env, value.numbers.size());
      for (uint32_t i = 0; i < value.numbers.size(); ++i) list.Set(i, value.numbers[i]);
      return list;
    }
    case Type::Text:
    case Type::Other:
      break;
  }
  return Napi::String::New(env, value.text);
}

Napi::Value write_ops(Napi::Env env, const std::vector<Op>& ops) {
  Napi::Array list = Napi::Array::New(env, ops.size());
  for (uint32_t i = 0; i < ops.size(); ++i) {
    const Napi::HandleScope scope(env);
    Napi::Object object = Napi::Object::New(env);
    for (const auto& [name, value] : write_op(ops[i])) object.Set(name, write_value(env, value));
    list.Set(i, object);
  }
  return list;
}

}  // namespace

std::vector<Spec> read_specs(const Napi::Value& value, const std::string& name) {
  const Napi::Array list = read_list(value, "an array of objects", name);
  std::vector<Spec> specs;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::HandleScope scope(list.Env());
    specs.push_back(read_spec(list.Get(i), name + "[" + std::to_string(i) + "]"));
  }
  return specs;
}

std::vector<std::vector<Op>> read_op_lists(const Napi::Value& value, const std::string& name) {
  const Napi::Array list = read_list(value, "an array of arrays of operations", name);
  std::vector<std::vector<Op>> lists;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::HandleScope scope(list.Env());
    const std::string number = std::to_string(i);
    lists.push_back(read_ops(read_specs(list.Get(i), name + "[" + number + "]"), "list " + number));
  }
  return lists;
}

Napi::Value write_drawn(Napi::Env env, const std::vector<std::vector<std::vector<Op>>>& drawn) {
  Napi::Array images = Napi::Array::New(env, drawn.size());
  for (uint32_t i = 0; i < drawn.size(); ++i) {
    const Napi::HandleScope scope(env);
    Napi::Array views = Napi::Array::New(env, drawn[i].size());
    for (uint32_t v = 0; v < drawn[i].size(); ++v) views.Set(v, write_ops(env, drawn[i][v]));
    images.Set(i, views);
  }
  return images;
}

}  // namespace sslmem::addon
