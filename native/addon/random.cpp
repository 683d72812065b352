// Random arrays and patch masks: synchronous, they fill the caller's array.
#include "arguments.h"
#include "core/mask.h"
#include "core/random_arrays.h"
#include "exports.h"

namespace sslmem::addon {

Napi::Value random_uniform(const Napi::CallbackInfo& info) {
  const ViewKey key = read_key(info[0], "key");
  const auto out = read_floats(info[1], "out");
  sslmem::random_uniform(key, out.data, out.length);
  return info.Env().Undefined();
}

Napi::Value random_normal(const Napi::CallbackInfo& info) {
  const ViewKey key = read_key(info[0], "key");
  const auto out = read_floats(info[1], "out");
  sslmem::random_normal(key, out.data, out.length);
  return info.Env().Undefined();
}

Napi::Value random_permutation(const Napi::CallbackInfo& info) {
  const ViewKey key = read_key(info[0], "key");
  const auto out = read_unsigned(info[1], "out");
  sslmem::random_permutation(key, out.data, out.length);
  return info.Env().Undefined();
}

Napi::Value patch_masks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object request = read_object(info[0], "request");
  const auto field = [&](const char* name, uint64_t low, uint64_t high) {
    return read_integer(request.Get(name), std::string("request.") + name, low, high);
  };
  ViewKey key;
  key.seed = field("seed", 0, kMaxSafeInteger);
  key.purpose = static_cast<uint32_t>(field("purpose", 0, 255));
  key.epoch = static_cast<uint32_t>(field("epoch", 0, UINT32_MAX));
  const auto samples = read_unsigned(request.Get("samples"), "request.samples");
  constexpr uint64_t kViewLimit = 1u << 24;
  const auto first_view = static_cast<uint32_t>(field("firstView", 0, kViewLimit - 1));
  const auto views = static_cast<uint32_t>(field("views", 1, kViewLimit - first_view));
  const uint64_t patches = read_integer(info[1], "patches", 1, UINT32_MAX);
  const uint64_t keep = read_integer(info[2], "keep", 1, patches);
  const auto out = read_unsigned(info[3], "out");
  check_length(out, product(env, "out", {samples.length, views, keep}), "out", "samples * views * keep");
  const auto indices = samples.copy();  // out may be the same memory
  uint32_t* next = out.data;
  for (const uint32_t sample : indices) {
    key.sample = sample;
    for (uint32_t view = 0; view < views; ++view, next += keep) {
      key.view = first_view + view;
      patch_mask(key, patches, keep, next);
    }
  }
  return env.Undefined();
}

}  // namespace sslmem::addon
