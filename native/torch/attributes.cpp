#include "attributes.h"

#include <stdexcept>

namespace sslmem::torch {

const Attributes::Value& Attributes::at(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    throw std::invalid_argument("Expected an attribute " + name + " but received none");
  return found->second;
}

double Attributes::number(const std::string& name) const {
  if (const auto* value = std::get_if<double>(&at(name))) return *value;
  throw std::invalid_argument("Expected a number for the attribute " + name);
}

double Attributes::number(const std::string& name, double otherwise) const {
  return has(name) ? number(name) : otherwise;
}

const std::string& Attributes::text(const std::string& name) const {
  if (const auto* value = std::get_if<std::string>(&at(name))) return *value;
  throw std::invalid_argument("Expected a text for the attribute " + name);
}

std::string Attributes::text(const std::string& name, const std::string& otherwise) const {
  return has(name) ? text(name) : otherwise;
}

std::vector<int64_t> Attributes::integers(const std::string& name) const {
  const Value& value = at(name);
  if (const auto* one = std::get_if<double>(&value)) return {static_cast<int64_t>(*one)};
  if (const auto* list = std::get_if<std::vector<double>>(&value)) return {list->begin(), list->end()};
  throw std::invalid_argument("Expected a list of numbers for the attribute " + name);
}

}  // namespace sslmem::torch
