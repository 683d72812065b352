#pragma once
// Every function that JavaScript sees. Shapes, dtypes, ownership and threads are documented where JavaScript
// is typed: src/native/addon.ts.

#include "napi_setup.h"

namespace sslmem::addon {

Napi::Value build_info(const Napi::CallbackInfo& info);

Napi::Value random_uniform(const Napi::CallbackInfo& info);
Napi::Value random_normal(const Napi::CallbackInfo& info);
Napi::Value random_permutation(const Napi::CallbackInfo& info);
Napi::Value patch_masks(const Napi::CallbackInfo& info);

Napi::Value create_chain(const Napi::CallbackInfo& info);
Napi::Value chain_info(const Napi::CallbackInfo& info);

Napi::Value create_pack(const Napi::CallbackInfo& info);
Napi::Value open_pack(const Napi::CallbackInfo& info);
Napi::Value pack_info(const Napi::CallbackInfo& info);
Napi::Value pack_image(const Napi::CallbackInfo& info);
Napi::Value release_pack(const Napi::CallbackInfo& info);

Napi::Value draw_views(const Napi::CallbackInfo& info);
Napi::Value augment(const Napi::CallbackInfo& info);
Napi::Value apply_views(const Napi::CallbackInfo& info);
Napi::Value alignment(const Napi::CallbackInfo& info);

}  // namespace sslmem::addon
