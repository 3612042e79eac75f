// A checkpoint's state.json.
#include "run/training_state.h"

#include "fuzz/fuzz.h"

using namespace seg;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& text) {
    fuzz::put("state.json", text);
    fuzz::refused(text, [] {
      const std::string written = state_json(load_training_state(fuzz::folder()));
      fuzz::put("again/state.json", written);
      fuzz::require(state_json(load_training_state(fuzz::folder() / "again")) == written);
    });
  });
}
