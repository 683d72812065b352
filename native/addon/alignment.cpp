#include "core/alignment.h"

#include <algorithm>

#include "exports.h"
#include "promise_worker.h"

namespace sslmem::addon {

namespace {

std::vector<Distance> read_distances(const Napi::Value& value) {
  constexpr const char* kName = "options.distances";
  if (!value.IsArray()) throw_type_error(value, "an array of distances", kName);
  const auto array = value.As<Napi::Array>();
  if (array.Length() == 0 || array.Length() > 4) {
    throw_range_error(value.Env(), "1 to 4 distances", kName, std::to_string(array.Length()));
  }
  std::vector<Distance> distances;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    distances.push_back(
        static_cast<Distance>(read_choice(array.Get(i), kName, {"l2", "cosine", "angular", "l1"})));
  }
  return distances;
}

AlignmentOptions read_options(const Napi::Value& value) {
  const Napi::Object object = read_object(value, "options");
  AlignmentOptions options;
  options.distances = read_distances(object.Get("distances"));
  options.scheme = static_cast<ViewScheme>(
      read_choice(object.Get("scheme"), "options.scheme", {"pairs", "original", "disjoint"}));
  options.normalize = read_boolean(object.Get("normalize"), "options.normalize");
  options.keep_pairs = read_boolean(object.Get("keepPairs"), "options.keepPairs");
  options.threads = read_integer(object.Get("threads"), "options.threads", 0, kMaxThreads);
  return options;
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<double>& values) {
  auto array = Napi::Float64Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

class AlignmentWorker : public PromiseWorker {
 public:
  explicit AlignmentWorker(const Napi::CallbackInfo& info)
      : PromiseWorker(info.Env()),
        representations_(read_floats(info[0], "representations")),
        samples_(read_integer(info[1], "samples", 0, kMaxSafeInteger)),
        views_(read_integer(info[2], "views", 2, kMaxViews)),
        dim_(read_integer(info[3], "dim", 1, kMaxSafeInteger)),
        options_(read_options(info[4])) {
    check_length(representations_, product(info.Env(), "representations", {samples_, views_, dim_}),
                 "representations", "samples * views * dim");
    view_pairs(options_.scheme, views_);  // refuses now what it would refuse later
    read_from(representations_, "representations");
    watch(info[5]);
  }

 protected:
  void execute() override {
    results_ = sslmem::alignment(representations_.data, samples_, views_, dim_, options_, cancel());
  }

  Napi::Value result(Napi::Env env) override {
    auto out = Napi::Array::New(env, results_.size());
    for (uint32_t i = 0; i < results_.size(); ++i) {
      const AlignmentResult& result = results_[i];
      Napi::Object object = Napi::Object::New(env);
      object.Set("loss", to_js(env, result.loss));
      object.Set("standardError", to_js(env, result.standard_error));
      object.Set("leaveOneOut", to_js(env, result.leave_one_out));
      object.Set("pairs", options_.keep_pairs ? Napi::Value(to_js(env, result.pairs)) : env.Null());
      out.Set(i, object);
    }
    return out;
  }

 private:
  Span<float> representations_;
  uint64_t samples_, views_, dim_;
  AlignmentOptions options_;
  std::vector<AlignmentResult> results_;
};

}  // namespace

Napi::Value alignment(const Napi::CallbackInfo& info) {
  return PromiseWorker::start(std::make_unique<AlignmentWorker>(info));
}

}  // namespace sslmem::addon
