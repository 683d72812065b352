#pragma once
// Handles: native objects held by JavaScript as tagged externals. A handle of another kind, or any other
// value, is a TypeError; a released one is an Error. An object lives until the handle is released or
// collected and no call that uses it is under way.

#include <memory>
#include <string>

#include "arguments.h"
#include "napi_setup.h"

namespace sslmem::addon {

template <class T>
struct Handle {
  std::shared_ptr<const T> value;  // null once released
  int64_t reported = 0;            // bytes that V8 was told of

  void release(napi_env env) {
    value.reset();
    int64_t total = 0;
    if (reported != 0) napi_adjust_external_memory(env, -reported, &total);
    reported = 0;
  }
};

/// The tag and the name of a kind of handle; specialised below for each.
template <class T>
struct HandleKind;

/// Wraps an object; `bytes` of memory outside V8's heap are reported to its garbage collector.
template <class T>
Napi::Value make_handle(Napi::Env env, std::shared_ptr<const T> value, size_t bytes) {
  auto handle = std::make_unique<Handle<T>>();
  handle->value = std::move(value);
  napi_value external = nullptr;
  const auto finalize = [](napi_env finalizing, void* data, void*) {
    const std::unique_ptr<Handle<T>> owned(static_cast<Handle<T>*>(data));
    owned->release(finalizing);
  };
  if (napi_create_external(env, handle.get(), finalize, nullptr, &external) != napi_ok) {
    throw Napi::Error::New(env);
  }
  Handle<T>* kept = handle.release();  // the finalizer frees it from here on
  if (napi_type_tag_object(env, external, &HandleKind<T>::tag) != napi_ok) throw Napi::Error::New(env);
  int64_t total = 0;
  if (bytes > 0 && napi_adjust_external_memory(env, static_cast<int64_t>(bytes), &total) == napi_ok) {
    kept->reported = static_cast<int64_t>(bytes);
  }
  return Napi::Value(env, external);
}

/// The handle itself, released or not.
template <class T>
Handle<T>& read_handle(const Napi::Value& value, const std::string& name) {
  bool matches = false;
  if (value.IsExternal()) napi_check_object_type_tag(value.Env(), value, &HandleKind<T>::tag, &matches);
  if (!matches) throw_type_error(value, HandleKind<T>::name, name);
  void* data = nullptr;
  if (napi_get_value_external(value.Env(), value, &data) != napi_ok) throw Napi::Error::New(value.Env());
  return *static_cast<Handle<T>*>(data);
}

/// The object of a handle.
template <class T>
std::shared_ptr<const T> read_object_of(const Napi::Value& value, const std::string& name) {
  const auto object = read_handle<T>(value, name).value;
  if (!object) {
    throw Napi::Error::New(value.Env(), std::string("Expected ") + HandleKind<T>::name + " for " + name +
                                            " but received one that was released");
  }
  return object;
}

}  // namespace sslmem::addon

#include "core/chain.h"
#include "core/packed_images.h"

namespace sslmem::addon {

template <>
struct HandleKind<Chain> {
  // The torch engine's addon takes it too; one that was built from another text of it refuses it
  // (CMakeLists.txt).
  static constexpr napi_type_tag tag{0x6d1f0a52b7c94e38u, SSLMEM_CHAIN_LAYOUT};
  static constexpr const char* name = "a chain (from createChain)";
};

template <>
struct HandleKind<PackedImages> {
  static constexpr napi_type_tag tag{0x2e85b1c7f3094da6u, 0xb5d92f6408ac17e3u};
  static constexpr const char* name = "an open pack (from createPack or openPack)";
};

}  // namespace sslmem::addon
