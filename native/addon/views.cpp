// Chains of transforms, and the views that they make of packed images.
#include "core/view_batch.h"

#include "exports.h"
#include "handle.h"
#include "promise_worker.h"

namespace sslmem::addon {

namespace {

// { seed, purpose, epoch, slots, samples, firstView, views }; the arrays are copied.
ViewRequest read_request(const Napi::Value& value, const PackedImages& pack) {
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
  check_request(request, pack);
  return request;
}

size_t read_threads(const Napi::Value& value, const std::string& name) {
  return value.IsUndefined() ? 0 : static_cast<size_t>(read_integer(value, name, 0, kMaxThreads));
}

class AugmentWorker : public PromiseWorker {
 public:
  explicit AugmentWorker(const Napi::CallbackInfo& info)
      : PromiseWorker(info.Env()),
        chain_(read_object_of<Chain>(info[0], "chain")),
        pack_(read_object_of<PackedImages>(info[1], "pack")),
        request_(read_request(info[2], *pack_)),
        threads_(read_threads(info[2].As<Napi::Object>().Get("threads"), "request.threads")),
        out_(read_floats(info[3], "out")) {
    const OutputSize size = output_size(*chain_);
    const auto height = static_cast<uint64_t>(size.height), width = static_cast<uint64_t>(size.width);
    check_length(out_, product(info.Env(), "out", {request_.slots.size(), request_.views, height, width, 3}),
                 "out", "images * views * height * width * 3");
    write_to(out_, "out");
    watch(info[4]);
  }

 protected:
  void execute() override { augment_views(*chain_, *pack_, request_, out_.data, threads_, cancel()); }

 private:
  std::shared_ptr<const Chain> chain_;
  std::shared_ptr<const PackedImages> pack_;
  ViewRequest request_;
  size_t threads_;
  Span<float> out_;
};

class ApplyWorker : public PromiseWorker {
 public:
  explicit ApplyWorker(const Napi::CallbackInfo& info)
      : PromiseWorker(info.Env()),
        json_(read_string(info[0], "opsJson")),
        pack_(read_object_of<PackedImages>(info[1], "pack")),
        slots_(read_unsigned(info[2], "slots").copy()),
        out_(read_floats(info[3], "out")),
        threads_(read_threads(info[5], "threads")) {
    for (const uint32_t slot : slots_) pack_->image(slot);
    write_to(out_, "out");
    watch(info[4]);
  }

 protected:
  void execute() override {
    const auto lists = parse_op_lists(json_);
    if (slots_.empty() && lists.empty() && out_.length == 0) return;
    if (slots_.empty() || lists.empty()) {
      throw std::invalid_argument("Expected as many operation lists as slots (" +
                                  std::to_string(slots_.size()) + ") but received " +
                                  std::to_string(lists.size()));
    }
    const ImageView& first = pack_->image(slots_[0]);
    const OutputSize size = output_size(lists[0], first.height, first.width);
    // Sides are limited to 2^31 and slots to memory: divided, so that no product overflows.
    const uint64_t view = static_cast<uint64_t>(size.height) * static_cast<uint64_t>(size.width);
    if (out_.length % 3 != 0 || out_.length / 3 / slots_.size() != view ||
        out_.length / 3 % slots_.size() != 0) {
      throw std::invalid_argument("Expected slots * height * width * 3 = " + std::to_string(slots_.size()) +
                                  " * " + std::to_string(size.height) + " * " + std::to_string(size.width) +
                                  " * 3 elements for out but received " + std::to_string(out_.length));
    }
    sslmem::apply_views(lists, *pack_, slots_, size, out_.data, threads_, cancel());
  }

 private:
  std::string json_;
  std::shared_ptr<const PackedImages> pack_;
  std::vector<uint32_t> slots_;
  Span<float> out_;
  size_t threads_;
};

}  // namespace

Napi::Value create_chain(const Napi::CallbackInfo& info) {
  const auto chain = std::make_shared<const Chain>(parse_chain(read_string(info[0], "specJson")));
  return make_handle<Chain>(info.Env(), chain, 0);
}

Napi::Value chain_info(const Napi::CallbackInfo& info) {
  const OutputSize size = output_size(*read_object_of<Chain>(info[0], "chain"));
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("height", size.height);
  out.Set("width", size.width);
  return out;
}

Napi::Value draw_views(const Napi::CallbackInfo& info) {
  const auto chain = read_object_of<Chain>(info[0], "chain");
  const auto pack = read_object_of<PackedImages>(info[1], "pack");
  const auto request = read_request(info[2], *pack);
  return Napi::String::New(info.Env(), draw_views_json(*chain, *pack, request));
}

Napi::Value augment(const Napi::CallbackInfo& info) {
  return PromiseWorker::start(std::make_unique<AugmentWorker>(info));
}

Napi::Value apply_views(const Napi::CallbackInfo& info) {
  return PromiseWorker::start(std::make_unique<ApplyWorker>(info));
}

}  // namespace sslmem::addon
