#pragma once
// C++ exceptions to JavaScript errors, and the guard around every exported function.

#include <exception>

#include "napi_setup.h"

namespace sslmem::addon {

/// Cancelled → Error named AbortError with code 'ABORT_ERR' (as Node's own); NotFinite →
/// RangeError with code 'NOT_FINITE'; std::invalid_argument and
/// std::out_of_range → RangeError; memory that cannot be had and all others → Error; a JavaScript error →
/// itself.
napi_value error_to_js(Napi::Env env, const std::exception_ptr& failure);

/// The exported function Function, with its C++ exceptions thrown as JavaScript errors.
template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  try {
    return Function(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception&) {
    throw Napi::Error(info.Env(), error_to_js(info.Env(), std::current_exception()));
  }
}

}  // namespace sslmem::addon
