// Packs: lists of decoded images behind a handle.
#include <cstring>

#include "core/packed_images.h"
#include "exports.h"
#include "handle.h"

namespace sslmem::addon {

namespace {

std::string hex(const std::array<uint8_t, 32>& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

Napi::Value create_pack(const Napi::CallbackInfo& info) {
  const auto pixels = read_bytes(info[0], "pixels");
  const auto heights = read_unsigned(info[1], "heights");
  const auto widths = read_unsigned(info[2], "widths");
  check_length(widths, heights.length, "widths", "as many as heights");
  const auto pack = std::make_shared<const PackedImages>(
      PackedImages::copy_of(pixels.data, pixels.length, heights.data, widths.data, heights.length));
  return make_handle<PackedImages>(info.Env(), pack, pack->bytes());
}

Napi::Value open_pack(const Napi::CallbackInfo& info) {
  const auto pack = std::make_shared<const PackedImages>(PackedImages::open(read_string(info[0], "path")));
  return make_handle<PackedImages>(info.Env(), pack, 0);  // the pages belong to the system's cache
}

Napi::Value pack_info(const Napi::CallbackInfo& info) {
  const auto pack = read_object_of<PackedImages>(info[0], "pack");
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("images", static_cast<double>(pack->count()));
  const auto* hash = pack->manifest_hash();
  out.Set("manifestHash", hash == nullptr ? info.Env().Null() : Napi::String::New(info.Env(), hex(*hash)));
  out.Set("bytes", static_cast<double>(pack->bytes()));
  return out;
}

Napi::Value pack_image(const Napi::CallbackInfo& info) {
  const auto pack = read_object_of<PackedImages>(info[0], "pack");
  const uint64_t slot = read_integer(info[1], "slot", 0, kMaxSafeInteger);
  const ImageView& image = pack->image(slot);
  const size_t bytes = static_cast<size_t>(image.height) * static_cast<size_t>(image.width) * 3;
  auto pixels = Napi::Uint8Array::New(info.Env(), bytes);
  std::memcpy(pixels.Data(), image.pixels, bytes);
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("height", image.height);
  out.Set("width", image.width);
  out.Set("pixels", pixels);
  return out;
}

Napi::Value release_pack(const Napi::CallbackInfo& info) {
  read_handle<PackedImages>(info[0], "pack").release(info.Env());
  return info.Env().Undefined();
}

}  // namespace sslmem::addon
