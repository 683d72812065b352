#include "promise_worker.h"

#include "errors.h"

namespace sslmem::addon {

PromiseWorker::~PromiseWorker() {
  for (const auto& claim : claims_) MemoryClaims::of(env_).release(claim);
  if (work_ != nullptr) napi_delete_async_work(env_, work_);
}

Napi::Value PromiseWorker::result(Napi::Env env) { return env.Undefined(); }

void PromiseWorker::keep(const Napi::Value& owner, const void* data, size_t bytes, bool writes,
                         const std::string& name) {
  claims_.push_back(MemoryClaims::of(env_).claim(env_, data, bytes, writes, name));
  references_.push_back(Napi::Reference<Napi::Value>::New(owner, 1));
}

void PromiseWorker::watch(const Napi::Value& flag) {
  const Span<int32_t> span = read_abort_flag(flag);
  if (span.data == nullptr) return;
  // Only the first element: calls may share one buffer of flags.
  keep(flag, span.data, sizeof(int32_t), false, "abort");
  cancel_ = CancelFlag(span.data);
}

Napi::Value PromiseWorker::start(std::unique_ptr<PromiseWorker> worker) {
  const Napi::Env env = worker->env_;
  napi_value promise = nullptr, name = nullptr;
  if (napi_create_string_utf8(env, "sslmem", NAPI_AUTO_LENGTH, &name) != napi_ok) throw Napi::Error::New(env);
  const auto execute = [](napi_env, void* data) {
    auto* self = static_cast<PromiseWorker*>(data);
    try {
      self->cancel_.check();
      self->execute();
    } catch (...) {
      self->failure_ = std::current_exception();
    }
  };
  const auto complete = [](napi_env completing, napi_status status, void* data) {
    const std::unique_ptr<PromiseWorker> self(static_cast<PromiseWorker*>(data));
    self->settle(completing, status);
  };
  if (napi_create_async_work(env, nullptr, name, execute, complete, worker.get(), &worker->work_) !=
      napi_ok) {
    throw Napi::Error::New(env);
  }
  if (napi_create_promise(env, &worker->deferred_, &promise) != napi_ok) throw Napi::Error::New(env);
  if (napi_queue_async_work(env, worker->work_) != napi_ok) throw Napi::Error::New(env);
  worker.release();  // `complete` owns it now
  return Napi::Value(env, promise);
}

// An environment that is being torn down (a worker thread that was terminated) runs no JavaScript any more:
// then nobody is left to be told, and a failure to settle is not one.
void PromiseWorker::settle(napi_env env, napi_status status) {
  const Napi::HandleScope scope(env);
  try {
    if (status == napi_cancelled) failure_ = std::make_exception_ptr(Cancelled());
    napi_value value = nullptr;
    if (!failure_) {
      try {
        value = result(env);
      } catch (const std::exception&) {
        failure_ = std::current_exception();
      }
    }
    if (!failure_) {
      napi_resolve_deferred(env, deferred_, value);
    } else {
      napi_reject_deferred(env, deferred_, error_to_js(env, failure_));
    }
  } catch (const Napi::Error&) {
  }
}

}  // namespace sslmem::addon
