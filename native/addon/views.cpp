// Chains of transforms, and the views that they make of packed images.
#include "core/view_batch.h"

#include "exports.h"
#include "handle.h"
#include "promise_worker.h"
#include "specs.h"
#include "view_request.h"

namespace sslmem::addon {

namespace {

class AugmentWorker : public PromiseWorker {
 public:
  explicit AugmentWorker(const Napi::CallbackInfo& info)
      : PromiseWorker(info.Env()),
        chain_(read_object_of<Chain>(info[0], "chain")),
        pack_(read_object_of<PackedImages>(info[1], "pack")),
        request_(read_request(info[2], pack_->count())),
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
        lists_(read_op_lists(info[0], "lists")),
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
    if (slots_.empty() && lists_.empty() && out_.length == 0) return;
    if (slots_.empty() || lists_.empty()) {
      throw std::invalid_argument("Expected as many operation lists as slots (" +
                                  std::to_string(slots_.size()) + ") but received " +
                                  std::to_string(lists_.size()));
    }
    const ImageView& first = pack_->image(slots_[0]);
    const OutputSize size = output_size(lists_[0], first.height, first.width);
    // Sides are limited to 2^31 and slots to memory: divided, so that no product overflows.
    const uint64_t view = static_cast<uint64_t>(size.height) * static_cast<uint64_t>(size.width);
    if (out_.length % 3 != 0 || out_.length / 3 / slots_.size() != view ||
        out_.length / 3 % slots_.size() != 0) {
      throw std::invalid_argument("Expected slots * height * width * 3 = " + std::to_string(slots_.size()) +
                                  " * " + std::to_string(size.height) + " * " + std::to_string(size.width) +
                                  " * 3 elements for out but received " + std::to_string(out_.length));
    }
    sslmem::apply_views(lists_, *pack_, slots_, size, out_.data, threads_, cancel());
  }

 private:
  std::vector<std::vector<Op>> lists_;
  std::shared_ptr<const PackedImages> pack_;
  std::vector<uint32_t> slots_;
  Span<float> out_;
  size_t threads_;
};

}  // namespace

Napi::Value create_chain(const Napi::CallbackInfo& info) {
  const auto chain = std::make_shared<const Chain>(read_chain(read_specs(info[0], "transforms")));
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
  const auto request = read_request(info[2], pack->count());
  return write_drawn(info.Env(), sslmem::draw_views(*chain, *pack, request));
}

Napi::Value augment(const Napi::CallbackInfo& info) {
  return PromiseWorker::start(std::make_unique<AugmentWorker>(info));
}

Napi::Value apply_views(const Napi::CallbackInfo& info) {
  return PromiseWorker::start(std::make_unique<ApplyWorker>(info));
}

}  // namespace sslmem::addon
