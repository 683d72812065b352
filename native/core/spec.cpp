#include "spec.h"

#include <algorithm>
#include <stdexcept>

#include "op_fields.h"
#include "op_limits.h"

namespace sslmem {

namespace {

using Type = SpecValue::Type;

const SpecValue* find(const Spec& spec, const std::string& name) {
  const auto found =
      std::find_if(spec.begin(), spec.end(), [&](const auto& member) { return member.first == name; });
  return found == spec.end() ? nullptr : &found->second;
}

std::string received(const SpecValue* value) {
  if (value == nullptr) return "none";
  switch (value->type) {
    case Type::Number:
      return number_text(value->numbers.at(0));
    case Type::Numbers:
      return value->numbers.size() == 1 ? "[" + number_text(value->numbers[0]) + "]"
                                        : numbers_text(value->numbers.data(), value->numbers.size());
    case Type::Flag:
      return value->flag ? "true" : "false";
    case Type::Text:
      return "\"" + value->text + "\"";
    case Type::Other:
      break;
  }
  return value->text;
}

// Puts the values of a spec into the fields that are visited.
class ReadFields {
 public:
  ReadFields(const Spec& spec, const char* kind, const Place& place)
      : spec_(spec), place_(place), known_{kind} {}

  template <class T>
  void operator()(const NumberField<T>& field) {
    const SpecValue* value = take(field.name);
    if (value == nullptr && !field.required) return;
    // One number may stand without brackets if one is enough, and has none where there is one place.
    const bool fits = value != nullptr && (value->type == Type::Number    ? field.least == 1
                                           : value->type == Type::Numbers ? field.count > 1
                                                                          : false);
    if (!fits) refuse_field(place_, field.name, expected_text(field), received(value));
    assign_field(field, place_, value->numbers.data(), value->numbers.size());
  }

  template <class E>
  void operator()(const WordField<E>& field) {
    const SpecValue* value = take(field.name);
    if (value == nullptr) return;
    std::string expected = "one of";
    for (size_t i = 0; i < field.count; ++i) {
      expected += std::string(i == 0 ? " \"" : ", \"") + field.words[i] + "\"";
      if (value->type != Type::Text || value->text != field.words[i]) continue;
      *field.at = static_cast<E>(i);
      return;
    }
    refuse_field(place_, field.name, expected, received(value));
  }

  void operator()(const FlagField<bool>& field) {
    const SpecValue* value = take(field.name);
    if (value == nullptr) return;
    if (value->type != Type::Flag) refuse_field(place_, field.name, "true or false", received(value));
    *field.at = value->flag;
  }

  /// A misspelt field must never be ignored.
  void finish() const {
    for (const auto& [name, value] : spec_) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        throw std::invalid_argument("Unknown field \"" + name + "\" of " + place_.text());
    }
  }

 private:
  const SpecValue* take(const char* name) {
    known_.emplace_back(name);
    return find(spec_, name);
  }

  const Spec& spec_;
  const Place place_;
  std::vector<std::string> known_;
};

class WriteFields {
 public:
  explicit WriteFields(Spec& spec) : spec_(spec) {}

  template <class T>
  void operator()(const NumberField<T>& field) {
    SpecValue value;
    value.type = field.count == 1 ? Type::Number : Type::Numbers;
    for (size_t i = 0; i < numbers_held(field); ++i)
      value.numbers.push_back(static_cast<double>(*field.at[i]));
    spec_.emplace_back(field.name, std::move(value));
  }
  template <class E>
  void operator()(const WordField<E>& field) {
    spec_.emplace_back(field.name,
                       SpecValue{Type::Text, {}, false, field.words[static_cast<size_t>(*field.at)]});
  }
  void operator()(const FlagField<const bool>& field) {
    spec_.emplace_back(field.name, SpecValue{Type::Flag, {}, *field.at, {}});
  }

 private:
  Spec& spec_;
};

// The kind that the member `member` ("transform" or "op") names.
template <class Kind>
Kind kind_of(const Spec& spec, const std::string& member, size_t count, const char* (*name_of)(Kind),
             const std::string& where) {
  const SpecValue* name = find(spec, member);
  if (name == nullptr || name->type != Type::Text)
    throw std::invalid_argument("Expected " + where + " to be an object with a string \"" + member + "\"");
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    const char* known = name_of(static_cast<Kind>(i));
    if (name->text == known) return static_cast<Kind>(i);
    names += std::string(i == 0 ? "" : ", ") + known;
  }
  throw std::invalid_argument("Unknown " + member + " \"" + name->text + "\" in " + where + "; known are " +
                              names);
}

}  // namespace

Chain read_chain(const std::vector<Spec>& specs) {
  std::vector<Transform> transforms;
  for (size_t i = 0; i < specs.size(); ++i) {
    const std::string where = "transform " + std::to_string(i);
    transforms.push_back(
        default_transform(kind_of(specs[i], "transform", kTransformKinds, transform_name, where)));
    ReadFields read(specs[i], "transform", {where, transform_name(transforms.back().kind)});
    visit_transform(transforms.back(), read);
    read.finish();
  }
  return make_chain(std::move(transforms));
}

std::vector<Op> read_ops(const std::vector<Spec>& specs, const std::string& list) {
  std::vector<Op> ops;
  for (size_t i = 0; i < specs.size(); ++i) {
    const std::string where = "operation " + std::to_string(i) + " of " + list;
    Op op;
    op.kind = kind_of(specs[i], "op", kOpKinds, op_name, where);
    ReadFields read(specs[i], "op", {where, op_name(op.kind)});
    visit_op(op, read);
    read.finish();
    ops.push_back(op);
  }
  return ops;
}

Spec write_op(const Op& op) {
  Spec spec{{"op", SpecValue{Type::Text, {}, false, op_name(op.kind)}}};
  WriteFields write(spec);
  visit_op(op, write);
  return spec;
}

}  // namespace sslmem
