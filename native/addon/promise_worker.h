#pragma once
// The one base of all asynchronous calls: work on a thread of libuv's pool, a promise on the JavaScript
// thread.

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "core/cancel.h"
#include "memory_claims.h"
#include "napi_setup.h"

namespace sslmem::addon {

/// A subclass reads its arguments in its constructor (JavaScript thread), computes in execute() (pool thread,
/// no Node-API there) and makes the value of the promise in result() (JavaScript thread). What execute()
/// throws rejects the promise: Cancelled as AbortError, std::invalid_argument and std::out_of_range as
/// RangeError, others as Error.
class PromiseWorker {
 public:
  explicit PromiseWorker(Napi::Env env) : env_(env), deferred_(nullptr), work_(nullptr) {}
  virtual ~PromiseWorker();
  PromiseWorker(const PromiseWorker&) = delete;
  PromiseWorker& operator=(const PromiseWorker&) = delete;

  /// Starts the work; the worker then frees itself.
  static Napi::Value start(std::unique_ptr<PromiseWorker> worker);

 protected:
  virtual void execute() = 0;
  virtual Napi::Value result(Napi::Env env);

  /// Keeps an array alive and its memory claimed until the promise settles.
  template <class T>
  void read_from(const Span<T>& span, const std::string& name) {
    keep(span.owner, span.data, span.bytes(), false, name);
  }
  template <class T>
  void write_to(const Span<T>& span, const std::string& name) {
    keep(span.owner, span.data, span.bytes(), true, name);
  }
  /// The abort flag: an Int32Array whose first element another thread or JavaScript may set, or null.
  void watch(const Napi::Value& flag);
  const CancelFlag& cancel() const { return cancel_; }

 private:
  void keep(const Napi::Value& owner, const void* data, size_t bytes, bool writes, const std::string& name);
  void settle(napi_env env, napi_status status);

  Napi::Env env_;
  napi_deferred deferred_;
  napi_async_work work_;
  CancelFlag cancel_;
  std::exception_ptr failure_;
  std::vector<Napi::Reference<Napi::Value>> references_;
  std::vector<MemoryClaims::Ticket> claims_;
};

}  // namespace sslmem::addon
