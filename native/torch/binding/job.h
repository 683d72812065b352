#pragma once
// Work on a thread of libuv's pool, and a promise on the JavaScript thread.

#include <functional>
#include <memory>

#include "handles.h"

namespace sslmem::torch {

/// A started job: `work` runs on a pool thread (no Node-API there), then `result` makes the promise's value
/// on the JavaScript thread. What either throws rejects the promise as error_of. `inputs` are kept alive
/// until then.
Napi::Value start_job(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result,
                      const std::vector<Napi::Value>& inputs);

/// The error that JavaScript gets, from calls and jobs alike: Cancelled as AbortError, std::invalid_argument
/// and std::out_of_range as RangeError, others as Error, ATen's without its stack. Running out of memory has
/// the code OUT_OF_MEMORY, a number that is not finite (an Error, too) NOT_FINITE, no nvJPEG NO_NVJPEG.
Napi::Error error_of(Napi::Env env, const std::exception_ptr& failure);

}  // namespace sslmem::torch
