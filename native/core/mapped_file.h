#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sslmem {

/// A file mapped read-only; unmapped with the last copy of `bytes`. `bytes` is null if the file is empty.
struct MappedFile {
  std::shared_ptr<const uint8_t> bytes;
  size_t size = 0;
};

/// Throws std::runtime_error with the path and the system's reason.
MappedFile map_file(const std::string& path);

}  // namespace sslmem
