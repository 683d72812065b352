#pragma once
// Which views a call asks for; the torch engine's addon reads them too.

#include <cstddef>
#include <string>

#include "core/view_batch.h"
#include "napi_setup.h"

namespace sslmem::addon {

/// { seed, purpose, epoch, slots, samples, firstView, views } of a list of so many images; the arrays are
/// copied. Throws TypeError or RangeError naming the field.
ViewRequest read_request(const Napi::Value& value, size_t images);

/// Threads of a call; undefined: 0, one per hardware thread.
size_t read_threads(const Napi::Value& value, const std::string& name);

}  // namespace sslmem::addon
