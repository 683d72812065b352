// Stands in for libFuzzer where there is none: reads every file of the folders once. Exits 1 if there was
// none.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

int main(int argc, char** argv) {
  int passed = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(file), {});
      std::fprintf(stderr, "%s\n", entry.path().c_str());  // the last one is the one that ended it
      // An allocation of exactly these bytes: AddressSanitizer sees the first one beyond.
      const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
      LLVMFuzzerTestOneInput(copy.data(), copy.size());
      ++passed;
    }
  }
  std::printf("%d replayed\n", passed);
  return passed > 0 ? 0 : 1;
}
