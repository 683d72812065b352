// The addon: its names, and what one environment (the main thread, or a worker thread) keeps.
#include "errors.h"
#include "exports.h"
#include "memory_claims.h"
#include "napi_setup.h"

namespace {

using namespace sslmem::addon;

template <Napi::Value (*Function)(const Napi::CallbackInfo&)>
void add(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<guarded<Function>>(exports.Env(), name));
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new MemoryClaims());  // freed with the environment
  add<build_info>(exports, "buildInfo");
  add<random_uniform>(exports, "randomUniform");
  add<random_normal>(exports, "randomNormal");
  add<random_permutation>(exports, "randomPermutation");
  add<patch_masks>(exports, "patchMasks");
  add<create_chain>(exports, "createChain");
  add<chain_info>(exports, "chainInfo");
  add<create_pack>(exports, "createPack");
  add<open_pack>(exports, "openPack");
  add<pack_info>(exports, "packInfo");
  add<pack_image>(exports, "packImage");
  add<release_pack>(exports, "releasePack");
  add<draw_views>(exports, "drawViews");
  add<augment>(exports, "augment");
  add<apply_views>(exports, "applyViews");
  add<alignment>(exports, "alignment");
  return exports;
}

}  // namespace

NODE_API_MODULE(sslmem, initialize)
