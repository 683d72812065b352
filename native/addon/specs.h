#pragma once
// Transforms and operations between JavaScript and the core. Which names and values there are is the core's
// to say (core/op_fields.h): here only what JavaScript's values are is looked at.

#include <string>
#include <vector>

#include "core/spec.h"
#include "napi_setup.h"

namespace sslmem::addon {

/// An array of objects; TypeError naming the element if it is none.
std::vector<Spec> read_specs(const Napi::Value& value, const std::string& name);

/// An array of arrays of operations.
std::vector<std::vector<Op>> read_op_lists(const Napi::Value& value, const std::string& name);

/// [images][views][operations].
Napi::Value write_drawn(Napi::Env env, const std::vector<std::vector<std::vector<Op>>>& drawn);

}  // namespace sslmem::addon
