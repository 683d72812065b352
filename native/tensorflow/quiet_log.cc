// Compiled into tfjs-node's binding. TensorFlow logs through Abseil, which heeds no environment variable before its log
// is initialised and so greets every process with two lines. Here TF_CPP_MIN_LOG_LEVEL (0 info … 3 fatal, default 2) is
// honoured from the moment the binding is loaded.
#include <cstdlib>

#include "absl/log/globals.h"

namespace {

bool set_minimum_level() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(level == nullptr ? 2 : std::atoi(level)));
  return true;
}

[[maybe_unused]] const bool is_set = set_minimum_level();

}  // namespace
