// A module of its own, linked to libtensorflow_framework only and loaded before the binding: TensorFlow logs through
// Abseil, which heeds no environment variable before its log is initialised, and greets every process with two lines
// while libtensorflow_cc is being loaded. From here on TF_CPP_MIN_LOG_LEVEL (0 info … 3 fatal, default 2) is honoured.
#include <node_api.h>

#include <cstdlib>

#include "absl/log/globals.h"

static napi_value init(napi_env, napi_value exports) {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(level == nullptr ? 2 : std::atoi(level)));
  return exports;
}

NAPI_MODULE(quiet_log, init)
