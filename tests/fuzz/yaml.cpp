// The configuration: a file, and a value on the command line.
#include "config/config.h"
#include "fuzz/fuzz.h"

using namespace seg;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& text) {
    Config config;
    if (!fuzz::refused(text, [&] { config = load_config(fuzz::put("c.yaml", text)); })) {
      const std::string written = config_yaml(config);  // what was read reads back the same
      fuzz::require(config_yaml(load_config(fuzz::put("d.yaml", written))) == written);
    }
    fuzz::refused(text, [&] { config_from({text}); });
  });
}
