#include "view_request.h"

#include "arguments.h"

namespace sslmem::addon {

ViewRequest read_request(const Napi::Value& value, size_t images) {
  const Napi::Object object = read_object(value, "request");
  const auto field = [&](const char* name, uint64_t low, uint64_t high) {
    return read_integer(object.Get(name), std::string("request.") + name, low, high);
  };
  ViewRequest request;
  request.seed = field("seed", 0, kMaxSafeInteger);
  request.purpose = static_cast<uint32_t>(field("purpose", 0, 255));
  request.epoch = static_cast<uint32_t>(field("epoch", 0, UINT32_MAX));
  request.slots = read_unsigned(object.Get("slots"), "request.slots").copy();
  request.samples = read_unsigned(object.Get("samples"), "request.samples").copy();
  request.first_view = static_cast<uint32_t>(field("firstView", 0, (1u << 24) - 1));
  request.views = static_cast<uint32_t>(field("views", 1, 1u << 24));
  check_request(request, images);
  return request;
}

size_t read_threads(const Napi::Value& value, const std::string& name) {
  return value.IsUndefined() ? 0 : static_cast<size_t>(read_integer(value, name, 0, kMaxThreads));
}

}  // namespace sslmem::addon
