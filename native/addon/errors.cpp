#include "errors.h"

#include <new>
#include <stdexcept>

#include "core/alignment.h"
#include "core/cancel.h"

namespace sslmem::addon {

napi_value error_to_js(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Napi::Error& error) {
    return error.Value();
  } catch (const Cancelled& error) {
    Napi::Object aborted = Napi::Error::New(env, error.what()).Value();
    aborted.Set("name", "AbortError");
    aborted.Set("code", "ABORT_ERR");
    return aborted;
  } catch (const NotFinite& error) {
    Napi::Object failed = Napi::RangeError::New(env, error.what()).Value();
    failed.Set("code", "NOT_FINITE");
    return failed;
  } catch (const std::invalid_argument& error) {
    return Napi::RangeError::New(env, error.what()).Value();
  } catch (const std::out_of_range& error) {
    return Napi::RangeError::New(env, error.what()).Value();
  } catch (const std::bad_alloc&) {
    return Napi::Error::New(env, "Not enough memory for this call: ask for fewer images, views or dimensions")
        .Value();
  } catch (const std::exception& error) {
    return Napi::Error::New(env, error.what()).Value();
  } catch (...) {
    return Napi::Error::New(env, "An unknown error was thrown in the native core").Value();
  }
}

}  // namespace sslmem::addon
