#include "core/multiversion.h"
#include "core/parallel.h"
#include "exports.h"

namespace sslmem::addon {

Napi::Value build_info(const Napi::CallbackInfo& info) {
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("coreVersion", SSLMEM_VERSION);
#if defined(__clang__)
  out.Set("compiler", "clang " __clang_version__);
#elif defined(__GNUC__)
  out.Set("compiler", "gcc " __VERSION__);
#else
  out.Set("compiler", "unknown");
#endif
  out.Set("napiVersion", NAPI_VERSION);
  out.Set("simd", simd_level());
  out.Set("hardwareThreads", static_cast<double>(hardware_threads()));
  return out;
}

}  // namespace sslmem::addon
