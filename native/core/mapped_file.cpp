#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace sslmem {

namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error("Could not open " + path + ": " + std::generic_category().message(error));
}

struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

MappedFile map_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) fail(path, errno);
  struct stat status {};
  if (fstat(file.number, &status) != 0) fail(path, errno);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("Could not open " + path + ": not a regular file");
  MappedFile mapped;
  mapped.size = static_cast<size_t>(status.st_size);
  if (mapped.size == 0) return mapped;
  void* address = mmap(nullptr, mapped.size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) fail(path, errno);
  const size_t size = mapped.size;
  mapped.bytes =
      std::shared_ptr<const uint8_t>(static_cast<const uint8_t*>(address),
                                     [size](const uint8_t* p) { munmap(const_cast<uint8_t*>(p), size); });
  return mapped;
}

}  // namespace sslmem
