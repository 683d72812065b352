#include "job.h"

#include <c10/core/InferenceMode.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/alignment.h"
#include "core/cancel.h"
#include "core/jpeg_decoder.h"

namespace sslmem::torch {

namespace {

struct Job {
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  std::function<void()> body;
  std::function<Napi::Value(Napi::Env)> result;
  std::vector<Napi::Reference<Napi::Value>> inputs;
  std::exception_ptr failure;
};

void run_job(napi_env, void* data) {
  auto& job = *static_cast<Job*>(data);
  try {
    const c10::InferenceMode inference;
    job.body();
  } catch (...) {
    job.failure = std::current_exception();
  }
}

// An environment that is being torn down runs no JavaScript any more: then a failure to settle is not one.
void settle_job(napi_env raw, napi_status status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  const Napi::Env env(raw);
  const Napi::HandleScope scope(env);
  try {
    if (status == napi_cancelled) job->failure = std::make_exception_ptr(Cancelled());
    napi_value value = nullptr;
    if (!job->failure) {
      try {
        const c10::InferenceMode inference;
        value = job->result(env);
      } catch (const std::exception&) {
        job->failure = std::current_exception();
      }
    }
    if (job->failure) {
      napi_reject_deferred(env, job->deferred, error_of(env, job->failure).Value());
    } else {
      napi_resolve_deferred(env, job->deferred, value);
    }
    napi_delete_async_work(env, job->work);
  } catch (const Napi::Error&) {
  }
}

Napi::Error failure_of(Napi::Env env, const std::string& text) {
  Napi::Error error = Napi::Error::New(env, text.substr(0, text.find('\n')));
  // The CPU's allocator, CUDA's, and the libraries that allocate for themselves.
  for (const char* sign : {"allocate memory", "out of memory", "_ALLOC_FAILED"})
    if (text.find(sign) != std::string::npos) error.Set("code", "OUT_OF_MEMORY");
  return error;
}

}  // namespace

Napi::Error error_of(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const Cancelled& error) {
    Napi::Error aborted = Napi::Error::New(env, error.what());
    aborted.Set("name", "AbortError");
    aborted.Set("code", "ABORT_ERR");
    return aborted;
  } catch (const NoNvjpeg& error) {
    Napi::Error missing = Napi::Error::New(env, error.what());
    missing.Set("code", "NO_NVJPEG");
    return missing;
  } catch (const NotFinite& error) {
    Napi::Error not_finite = Napi::Error::New(env, error.what());
    not_finite.Set("code", "NOT_FINITE");
    return not_finite;
  } catch (const c10::Error& error) {
    return failure_of(env, error.what_without_backtrace());
  } catch (const std::invalid_argument& error) {
    return Napi::RangeError::New(env, error.what());
  } catch (const std::out_of_range& error) {
    return Napi::RangeError::New(env, error.what());
  } catch (const std::exception& error) {
    return failure_of(env, error.what());
  }
}

Napi::Value start_job(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result,
                      const std::vector<Napi::Value>& inputs) {
  auto job = std::make_unique<Job>();
  job->body = std::move(work);
  job->result = std::move(result);
  for (const Napi::Value& input : inputs) job->inputs.push_back(Napi::Reference<Napi::Value>::New(input, 1));
  napi_value promise = nullptr, name = nullptr;
  if (napi_create_string_utf8(env, "sslmem_torch", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, nullptr, name, run_job, settle_job, job.get(), &job->work) != napi_ok ||
      napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok)
    throw Napi::Error::New(env);
  job.release();  // settle_job owns it now
  return Napi::Value(env, promise);
}

}  // namespace sslmem::torch
