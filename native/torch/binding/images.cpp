// Calls for images and views; types and ownership are documented in src/engine/torch/binding.ts.
#include "../images.h"
#include "../cuda_parts.h"

#include <cstdint>
#include <vector>

#include "addon/handle.h"
#include "addon/view_request.h"
#include "core/jpeg_decoder.h"
#include "core/jpeg_header.h"
#include "job.h"

namespace sslmem::torch {

namespace {

constexpr napi_type_tag kImagesTag{0x7a1be4909c2d4f53u, 0x92d6c1f07b3e48a5u};
using ImagesHandle = std::shared_ptr<const Images>;

Napi::Value hold_images(Napi::Env env, ImagesHandle images) {
  auto held = std::make_unique<ImagesHandle>(std::move(images));
  napi_value external = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<ImagesHandle*>(data); };
  if (napi_create_external(env, held.get(), finalize, nullptr, &external) != napi_ok)
    throw Napi::Error::New(env);
  held.release();
  if (napi_type_tag_object(env, external, &kImagesTag) != napi_ok) throw Napi::Error::New(env);
  return Napi::Value(env, external);
}

ImagesHandle& images_handle(const Napi::Value& value) {
  bool matches = false;
  if (value.IsExternal()) napi_check_object_type_tag(value.Env(), value, &kImagesTag, &matches);
  if (!matches) throw Napi::TypeError::New(value.Env(), "Expected images of the torch engine");
  void* data = nullptr;
  if (napi_get_value_external(value.Env(), value, &data) != napi_ok) throw Napi::Error::New(value.Env());
  return *static_cast<ImagesHandle*>(data);
}

ImagesHandle images_of(const Napi::Value& value) {
  const ImagesHandle& images = images_handle(value);
  if (!images) throw Napi::Error::New(value.Env(), "Expected images but received some that were released");
  return images;
}

int64_t memory_of(const at::Device& device) {
  return device.is_cpu() ? 0 : cuda_devices().at(static_cast<size_t>(device.index())).bytes;
}

Napi::Value open_images(const Napi::CallbackInfo& info) {
  const auto made = std::make_shared<ImagesHandle>();
  return start_job(
      info.Env(),
      [made, path = std::string(info[0].ToString()), device = std::string(info[1].ToString()),
       share = info[2].ToNumber().DoubleValue()] {
        const at::Device where(device);
        const auto resident = static_cast<int64_t>(share * static_cast<double>(memory_of(where)));
        *made = std::make_shared<Images>(PackedImages::open(path), where, resident);
      },
      [made](Napi::Env env) { return hold_images(env, *made); }, {});
}

std::vector<ImageSource> sources_of(const Napi::Array& list) {
  std::vector<ImageSource> sources;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto object = list.Get(i).As<Napi::Object>();
    const auto bytes = addon::read_bytes(object.Get("bytes"), "the bytes of an image");
    sources.push_back({bytes.data, bytes.length,
                       static_cast<int>(addon::read_integer(object.Get("height"), "height", 0, 65535)),
                       static_cast<int>(addon::read_integer(object.Get("width"), "width", 0, 65535))});
  }
  return sources;
}

Napi::Value decode(const Napi::CallbackInfo& info) {
  struct Outcome {
    ImagesHandle images;
    std::vector<size_t> refused;
  };
  const auto outcome = std::make_shared<Outcome>();
  const auto list = info[0].As<Napi::Array>();
  std::vector<std::string> libraries = nvjpeg_names();
  if (info[2].IsString()) libraries = {info[2].ToString()};
  std::vector<Napi::Value> inputs;
  for (uint32_t i = 0; i < list.Length(); ++i) inputs.push_back(list.Get(i).As<Napi::Object>().Get("bytes"));
  return start_job(
      info.Env(),
      [outcome, sources = sources_of(list), device = std::string(info[1].ToString()), libraries] {
        outcome->images = decode_images(sources, at::Device(device), libraries, outcome->refused);
      },
      [outcome](Napi::Env env) {
        Napi::Object result = Napi::Object::New(env);
        Napi::Array refused = Napi::Array::New(env);
        for (const size_t number : outcome->refused)
          refused.Set(refused.Length(), Napi::Number::New(env, static_cast<double>(number)));
        result.Set("refused", refused);
        result.Set("images", outcome->images ? hold_images(env, outcome->images) : env.Null());
        return result;
      },
      inputs);
}

Napi::Value jpeg_refusal_of(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const char* why = jpeg_refusal(read_jpeg_header(bytes.Data(), bytes.ByteLength()), info[1].ToBoolean());
  return why == nullptr ? info.Env().Null() : Napi::String::New(info.Env(), why);
}

Napi::Value images_info(const Napi::CallbackInfo& info) {
  const ImagesHandle images = images_of(info[0]);
  Napi::Object facts = Napi::Object::New(info.Env());
  facts.Set("images", Napi::Number::New(info.Env(), static_cast<double>(images->count())));
  facts.Set("device", images->device().str());
  facts.Set("resident", Napi::Boolean::New(info.Env(), images->pixels().defined()));
  facts.Set("bytes", Napi::Number::New(info.Env(), static_cast<double>(images->bytes())));
  return facts;
}

Napi::Value release_images(const Napi::CallbackInfo& info) {
  images_handle(info[0]).reset();
  return info.Env().Undefined();
}

Napi::Value make(const Napi::CallbackInfo& info) {
  const auto images = images_of(info[0]);
  const auto chain = addon::read_object_of<Chain>(info[1], "chain");
  const auto request = addon::read_request(info[2], images->count());
  ViewOptions options;
  options.threads = addon::read_threads(info[2].As<Napi::Object>().Get("threads"), "request.threads");
  options.bf16 = info[3].ToString().Utf8Value() == "bf16";
  const auto made = std::make_shared<MadeViews>();
  return start_job(
      info.Env(),
      [made, images, chain = *chain, request, options] {
        *made = make_views(*images, chain, request, options);
      },
      [made](Napi::Env env) {
        const auto result = result_of(env, take(*made)).As<Napi::Object>();
        result.Set("onHost", Napi::Number::New(env, static_cast<double>(made->on_host)));
        return Napi::Value(result);
      },
      {});
}

/// Errors of the reading of arguments become JavaScript's own, as those of the work do.
template <Napi::Value (*body)(const Napi::CallbackInfo&)>
Napi::Value guarded_call(const Napi::CallbackInfo& info) {
  try {
    return body(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception&) {
    throw error_of(info.Env(), std::current_exception());
  }
}

}  // namespace

void export_images(Napi::Env env, Napi::Object exports) {
  exports.Set("openImages", Napi::Function::New<guarded_call<open_images>>(env, "openImages"));
  exports.Set("decodeImages", Napi::Function::New<guarded_call<decode>>(env, "decodeImages"));
  exports.Set("jpegRefusal", Napi::Function::New<guarded_call<jpeg_refusal_of>>(env, "jpegRefusal"));
  exports.Set("imagesInfo", Napi::Function::New<guarded_call<images_info>>(env, "imagesInfo"));
  exports.Set("releaseImages", Napi::Function::New<guarded_call<release_images>>(env, "releaseImages"));
  exports.Set("makeViews", Napi::Function::New<guarded_call<make>>(env, "makeViews"));
}

}  // namespace sslmem::torch
