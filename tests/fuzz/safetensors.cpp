// Weights from elsewhere.
#include "tensor/safetensors.h"

#include "fuzz/fuzz.h"

using namespace seg;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& bytes) {
    const std::filesystem::path file = fuzz::put("w.safetensors", bytes);
    fuzz::refused(bytes, [&] {
      for (const auto& [name, tensor] : read_safetensors(file)) fuzz::require(tensor.defined());
    });
  });
}
