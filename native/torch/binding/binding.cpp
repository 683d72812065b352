// What JavaScript sees of the torch engine: tensors by tagged handle, and one generic call for all kernels.
// Types, ownership and threads are documented in src/engine/torch/binding.ts. Everything runs on the calling
// thread (ATen spreads a kernel over its own threads).
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "../cuda_parts.h"
#include "../kernels.h"
#include "../pool.h"
#include "core/amx/tiles.h"
#include "handles.h"
#include "job.h"

namespace {

using namespace sslmem::torch;

constexpr napi_type_tag kGraphTag{0x9d3a60c7f2184eb5u, 0xa47c19e5036bd82fu};

void flatten(const Napi::Value& value, std::vector<double>& into) {
  if (value.IsNumber()) {
    into.push_back(value.As<Napi::Number>().DoubleValue());
  } else if (value.IsArray()) {
    const auto list = value.As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); ++i) flatten(list.Get(i), into);
  } else {
    throw Napi::TypeError::New(value.Env(), "Expected a list of numbers in an attribute");
  }
}

Attributes attributes_of(const Napi::Value& value) {
  Attributes attributes;
  if (!value.IsObject()) return attributes;
  const auto object = value.As<Napi::Object>();
  const auto names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString();
    const Napi::Value field = object.Get(name);
    if (field.IsNumber())
      attributes.set(name, field.As<Napi::Number>().DoubleValue());
    else if (field.IsBoolean())
      attributes.set(name, field.As<Napi::Boolean>().Value() ? 1.0 : 0.0);
    else if (field.IsString())
      attributes.set(name, std::string(field.As<Napi::String>()));
    else if (field.IsArray()) {
      std::vector<double> list;
      flatten(field, list);
      attributes.set(name, std::move(list));
    }
  }
  return attributes;
}

std::vector<int64_t> shape_of(const Napi::Value& value) {
  std::vector<double> list;
  flatten(value, list);
  return {list.begin(), list.end()};
}

/// C++ exceptions as JavaScript errors (error_of).
template <class Body>
Napi::Value guarded(const Napi::CallbackInfo& info, const Body& body) {
  const Napi::Env env = info.Env();
  try {
    const c10::InferenceMode inference;
    return body(env);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception&) {
    throw error_of(env, std::current_exception());
  }
}

/// Work of the call goes to this thread's stream on the device; nothing changes for the CPU.
class OnDevice {
 public:
  explicit OnDevice(at::Device device) {
    if (device.is_cuda()) guard_.reset_stream(stream_on(device));
  }

 private:
  c10::OptionalStreamGuard guard_;
};

/// On a device many numbers of one value are made where they belong: no waiting for a copy, which a graph
/// could not record either. Undefined if they are not such.
at::Tensor filled(const at::Tensor& host, at::Device device) {
  const auto size = static_cast<size_t>(host.element_size()), bytes = static_cast<size_t>(host.nbytes());
  if (bytes == 0 || host.is_complex()) return {};
  const auto* data = static_cast<const uint8_t*>(host.const_data_ptr());
  if (std::memcmp(data, data + size, bytes - size) != 0) return {};
  return at::full(host.sizes(), host.flatten()[0].item(), host.options().device(device));
}

Napi::Value create_tensor(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    if (!info[0].IsTypedArray()) throw Napi::TypeError::New(env, "Expected a typed array for values");
    const auto values = info[0].As<Napi::TypedArray>();
    const auto dtype = dtype_named(info[2].ToString());
    at::Tensor tensor = at::empty(shape_of(info[1]), at::TensorOptions().dtype(dtype));
    if (values.ByteLength() != tensor.nbytes())
      throw Napi::RangeError::New(env, "Expected " + std::to_string(tensor.nbytes()) +
                                           " bytes of values but received " +
                                           std::to_string(values.ByteLength()));
    const auto* bytes = static_cast<const uint8_t*>(values.ArrayBuffer().Data()) + values.ByteOffset();
    if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
    const at::Device device{std::string(info[3].ToString())};
    if (device.is_cpu()) return hold(env, tensor);
    const OnDevice there(device);
    const at::Tensor made = filled(tensor, device);
    return hold(env, made.defined() ? made : tensor.to(device));
  });
}

Napi::Value read_tensor(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    const at::Tensor& there = tensor_of(info[0]);
    const OnDevice on(there.device());
    at::Tensor x = there.cpu().contiguous();
    if (x.scalar_type() == at::kBFloat16) x = x.to(at::kFloat);
    auto bytes = Napi::ArrayBuffer::New(env, x.nbytes());
    if (x.nbytes() > 0) std::memcpy(bytes.Data(), x.const_data_ptr(), x.nbytes());
    if (x.scalar_type() == at::kInt)
      return Napi::Int32Array::New(env, static_cast<size_t>(x.numel()), bytes, 0);
    if (x.scalar_type() == at::kBool)
      return Napi::Uint8Array::New(env, static_cast<size_t>(x.numel()), bytes, 0);
    return Napi::Float32Array::New(env, x.nbytes() / sizeof(float), bytes, 0);
  });
}

Napi::Value release_tensor(const Napi::CallbackInfo& info) {
  release(info.Env(), held_by(info[0]));
  return info.Env().Undefined();
}

/// The first `updated` inputs are written to: one that shares its memory with another tensor gets memory of
/// its own.
void own_memory(Held& held) {
  const OnDevice there(held.tensor.device());
  if (held.tensor.storage().use_count() > 1 || !held.tensor.is_non_overlapping_and_dense())
    held.tensor = held.tensor.clone();
}

Napi::Value run(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    Call call;
    call.attributes = attributes_of(info[2]);
    call.precision = info[3].ToString().Utf8Value() == "bf16" ? Precision::bf16 : Precision::fp32;
    const auto inputs = info[1].As<Napi::Array>();
    const auto updated = static_cast<uint32_t>(call.attributes.number("updated", 0));
    for (uint32_t i = 0; i < inputs.Length(); ++i) {
      const Napi::Value input = inputs.Get(i);
      if (i < updated) own_memory(held_by(input));
      call.inputs.push_back(input.IsNull() || input.IsUndefined() ? at::Tensor() : tensor_of(input));
    }
    // TF32 is allowed for the process; a call that asks for float32 does without.
    std::optional<at::NoTF32Guard> exact;
    if (info[3].ToString().Utf8Value() == "fp32") exact.emplace();
    const auto outputs = execute(info[0].ToString(), call);
    Napi::Array results = Napi::Array::New(env, outputs.size());
    for (uint32_t i = 0; i < outputs.size(); ++i) results.Set(i, result_of(env, outputs[i]));
    return results;
  });
}

struct HeldGraph {
  std::unique_ptr<StepGraph> graph;  // null once it has been released
};

HeldGraph& graph_of(const Napi::Value& value) {
  bool matches = false;
  if (value.IsExternal()) napi_check_object_type_tag(value.Env(), value, &kGraphTag, &matches);
  if (!matches) throw Napi::TypeError::New(value.Env(), "Expected a graph of the torch engine");
  void* data = nullptr;
  if (napi_get_value_external(value.Env(), value, &data) != napi_ok) throw Napi::Error::New(value.Env());
  return *static_cast<HeldGraph*>(data);
}

StepGraph& living_graph(const Napi::Value& value) {
  HeldGraph& held = graph_of(value);
  if (held.graph == nullptr)
    throw Napi::Error::New(value.Env(), "Expected a graph but received one that was released");
  return *held.graph;
}

std::vector<at::Tensor> tensors_of(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "Expected a list of tensors");
  const auto list = value.As<Napi::Array>();
  std::vector<at::Tensor> tensors;
  for (uint32_t i = 0; i < list.Length(); ++i) tensors.push_back(tensor_of(list.Get(i)));
  return tensors;
}

Napi::Value begin_step_graph(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    auto held = std::make_unique<HeldGraph>();
    held->graph = begin_graph(at::Device(std::string(info[0].ToString())), tensors_of(info[1]));
    napi_value external = nullptr;
    const auto finalize = [](napi_env, void* data, void*) { delete static_cast<HeldGraph*>(data); };
    if (napi_create_external(env, held.get(), finalize, nullptr, &external) != napi_ok)
      throw Napi::Error::New(env);
    held.release();
    if (napi_type_tag_object(env, external, &kGraphTag) != napi_ok) throw Napi::Error::New(env);
    return Napi::Value(env, external);
  });
}

Napi::Value end_step_graph(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    living_graph(info[0]).end();
    return env.Undefined();
  });
}

Napi::Value replay_step_graph(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    living_graph(info[0]).replay(tensors_of(info[1]));
    return env.Undefined();
  });
}

Napi::Value release_step_graph(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    graph_of(info[0]).graph.reset();
    return env.Undefined();
  });
}

/// ATen says once that the settings of TF32 have newer names, which its own kernels do not all look at yet.
void allow_tf32(bool allowed) {
  struct Silent : c10::WarningHandler {
    void process(const c10::Warning&) override {}
  } silent;
  const c10::WarningUtils::WarningHandlerGuard guard(&silent);
  at::globalContext().setAllowTF32CuBLAS(allowed);
  at::globalContext().setAllowTF32CuDNN(allowed);
}

Napi::Value configure(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    const auto settings = info[0].As<Napi::Object>();
    at::set_num_threads(settings.Get("threads").ToNumber().Int32Value());
    const bool deterministic = settings.Get("deterministic").ToBoolean();
    at::Context& context = at::globalContext();
    context.setDeterministicAlgorithms(deterministic, false);
    context.setDeterministicCuDNN(deterministic);
    // cuDNN tries its algorithms on each new shape and keeps the fastest, not the same one each time.
    context.setBenchmarkCuDNN(!deterministic);
    // Memory that is not written is never read here: filling it would cost time and change nothing.
    context.setDeterministicFillUninitializedMemory(false);
    // cuBLAS adds in a fixed order only with a workspace of a fixed size, and reads its size from here.
    if (deterministic) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    allow_tf32(settings.Get("tf32").ToBoolean());
    return env.Undefined();
  });
}

/// With what the processor multiplies bf16; empty where it does not. The system must grant the use of AMX.
std::string bf16_unit() {
  if (sslmem::amx::available()) return "AMX-BF16";
  return __builtin_cpu_supports("avx512bf16") ? "AVX512-BF16" : "";
}

Napi::Array cuda_devices_of(Napi::Env env) {
  const auto found = cuda_devices();
  Napi::Array devices = Napi::Array::New(env, found.size());
  for (uint32_t n = 0; n < found.size(); ++n) {
    Napi::Object device = Napi::Object::New(env);
    device.Set("name", found[n].name);
    device.Set("capability", std::to_string(found[n].major) + "." + std::to_string(found[n].minor));
    device.Set("bytes", Napi::Number::New(env, static_cast<double>(found[n].bytes)));
    devices.Set(n, device);
  }
  return devices;
}

/// Whether every setting that configure() makes for it is in force.
bool deterministic() {
  const at::Context& context = at::globalContext();
  return context.deterministicAlgorithms() && context.deterministicCuDNN() && !context.benchmarkCuDNN();
}

Napi::Value describe(const Napi::CallbackInfo& info) {
  return guarded(info, [&](Napi::Env env) -> Napi::Value {
    Napi::Object facts = Napi::Object::New(env);
    facts.Set("torch", TORCH_VERSION);
    facts.Set("capability", at::get_cpu_capability());
    facts.Set("threads", Napi::Number::New(env, at::get_num_threads()));
    facts.Set("bf16", bf16_unit());
    const bool tf32 = at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL) ==
                      at::Float32Precision::TF32;
    facts.Set("tf32", Napi::Boolean::New(env, tf32));
    facts.Set("deterministic", Napi::Boolean::New(env, deterministic()));
    facts.Set("cuda", Napi::Boolean::New(env, built_with_cuda()));
    facts.Set("cudaDevices", cuda_devices_of(env));
    Napi::Array names = Napi::Array::New(env);
    uint32_t i = 0;
    for (const auto& [name, kernel] : kernels()) names.Set(i++, Napi::String::New(env, name));
    facts.Set("kernels", names);
    return facts;
  });
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  install_pool();
  exports.Set("createTensor", Napi::Function::New<create_tensor>(env, "createTensor"));
  exports.Set("readTensor", Napi::Function::New<read_tensor>(env, "readTensor"));
  exports.Set("releaseTensor", Napi::Function::New<release_tensor>(env, "releaseTensor"));
  exports.Set("execute", Napi::Function::New<run>(env, "execute"));
  exports.Set("beginGraph", Napi::Function::New<begin_step_graph>(env, "beginGraph"));
  exports.Set("endGraph", Napi::Function::New<end_step_graph>(env, "endGraph"));
  exports.Set("replayGraph", Napi::Function::New<replay_step_graph>(env, "replayGraph"));
  exports.Set("releaseGraph", Napi::Function::New<release_step_graph>(env, "releaseGraph"));
  exports.Set("configure", Napi::Function::New<configure>(env, "configure"));
  exports.Set("describe", Napi::Function::New<describe>(env, "describe"));
  export_images(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(sslmem_torch, initialize)
