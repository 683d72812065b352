// Tensors as JavaScript holds them, and what V8 is told of their memory.
#include "handles.h"

#include <algorithm>
#include <memory>

namespace sslmem::torch {

namespace {

constexpr napi_type_tag kTensorTag{0x51c27d5be80a4f19u, 0x8f6e03d2a94b7c65u};

/// What V8 is told of tensors' memory, so that it collects handles that were forgotten. It is told what
/// stays: the smallest amount of late, or at once when much more is held. Every step makes and releases far
/// more, and telling V8 of each tensor makes it collect its garbage twenty times a step.
class Account {
 public:
  void count(napi_env env, Held& held, int64_t bytes) {
    living_ += bytes - held.counted;
    held.counted = bytes;
    lowest_ = std::min(lowest_, living_);
    if (living_ < told_ || living_ > told_ + kMuch) return tell(env, living_);
    if (++calls_ < kCalls) return;
    tell(env, lowest_);
    lowest_ = living_;
    calls_ = 0;
  }

  static Account& of_this_thread() {
    thread_local Account account;  // an environment of Node has one thread
    return account;
  }

 private:
  static constexpr int64_t kMuch = int64_t{1} << 30;
  static constexpr int kCalls = 1024;
  int64_t living_ = 0, told_ = 0, lowest_ = 0;
  int calls_ = 0;

  void tell(napi_env env, int64_t bytes) {
    int64_t total = 0;
    napi_adjust_external_memory(env, bytes - told_, &total);
    told_ = bytes;
  }
};

void report(Napi::Env env, Held& held, int64_t bytes) { Account::of_this_thread().count(env, held, bytes); }

const char* dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kBool:
      return "bool";
    case at::kInt:
    case at::kLong:
      return "int32";
    case at::kComplexFloat:
      return "complex64";
    default:
      return "float32";
  }
}

}  // namespace

Napi::Value hold(Napi::Env env, at::Tensor tensor) {
  auto held = std::make_unique<Held>();
  held->tensor = std::move(tensor);
  napi_value external = nullptr;
  const auto finalize = [](napi_env finalizing, void* data, void*) {
    const std::unique_ptr<Held> owned(static_cast<Held*>(data));
    report(finalizing, *owned, 0);
  };
  if (napi_create_external(env, held.get(), finalize, nullptr, &external) != napi_ok)
    throw Napi::Error::New(env);
  Held* kept = held.release();
  if (napi_type_tag_object(env, external, &kTensorTag) != napi_ok) throw Napi::Error::New(env);
  if (kept->tensor.is_cpu()) report(env, *kept, static_cast<int64_t>(kept->tensor.nbytes()));
  return Napi::Value(env, external);
}

void release(Napi::Env env, Held& held) {
  held.tensor.reset();
  report(env, held, 0);
}

Held& held_by(const Napi::Value& value) {
  bool matches = false;
  if (value.IsExternal()) napi_check_object_type_tag(value.Env(), value, &kTensorTag, &matches);
  if (!matches) throw Napi::TypeError::New(value.Env(), "Expected a tensor of the torch engine");
  void* data = nullptr;
  if (napi_get_value_external(value.Env(), value, &data) != napi_ok) throw Napi::Error::New(value.Env());
  return *static_cast<Held*>(data);
}

at::Tensor& tensor_of(const Napi::Value& value) {
  Held& held = held_by(value);
  if (!held.tensor.defined())
    throw Napi::Error::New(value.Env(), "Expected a tensor but received one that was released");
  return held.tensor;
}

Napi::Value result_of(Napi::Env env, const at::Tensor& x) {
  Napi::Object result = Napi::Object::New(env);
  Napi::Array shape = Napi::Array::New(env, static_cast<size_t>(x.dim()));
  for (int64_t axis = 0; axis < x.dim(); ++axis)
    shape.Set(static_cast<uint32_t>(axis), Napi::Number::New(env, static_cast<double>(x.size(axis))));
  result.Set("shape", shape);
  result.Set("dtype", dtype_name(x.scalar_type()));
  result.Set("bytes", Napi::Number::New(env, static_cast<double>(x.nbytes())));
  const bool wider = x.scalar_type() == at::kLong || x.scalar_type() == at::kDouble;
  result.Set("handle", hold(env, wider ? x.to(x.scalar_type() == at::kLong ? at::kInt : at::kFloat) : x));
  return result;
}

}  // namespace sslmem::torch
