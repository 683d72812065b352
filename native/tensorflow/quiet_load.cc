// Loads TensorFlow's library with standard error closed to it. With oneDNN asked for, the library greets
// every process with two lines from its static constructors: before any code could set a log level, whatever
// TF_CPP_MIN_LOG_LEVEL says. A failure to load is thrown with the linker's reason, so nothing is lost.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <string>

namespace {

class SilencedStandardError {
 public:
  SilencedStandardError() : saved_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY);
    if (saved_ >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) close(nowhere);
  }
  ~SilencedStandardError() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

 private:
  int saved_;
};

// load(path: string): void
napi_value load(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count != 1 || napi_get_value_string_utf8(env, argument, nullptr, 0, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "Expected string for path");
    return nullptr;
  }
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, argument, path.data(), length + 1, &length);
  std::string reason;
  {
    SilencedStandardError silenced;
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) reason = dlerror();
  }
  if (!reason.empty()) napi_throw_error(env, nullptr, reason.c_str());
  return nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "load", NAPI_AUTO_LENGTH, load, nullptr, &function);
  napi_set_named_property(env, exports, "load", function);
  return exports;
}

}  // namespace

NAPI_MODULE(quiet_load, init)
