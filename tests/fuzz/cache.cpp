// A cached case's case.json, beside the volumes of a case that was built.
#include "prep/cache.h"

#include "fuzz/fuzz.h"
#include "image/nifti.h"

#include <torch/types.h>

using namespace seg;

namespace {

struct BuiltCase {
  Case c;
  Cache cache;
  std::filesystem::path description;  // its case.json, from the folder of fuzz::put

  static Case made() {
    Geometry g;
    g.size = {8, 8, 8};
    write_image(fuzz::folder() / "a.nii", torch::rand({8, 8, 8}), g);
    write_label(fuzz::folder() / "l.nii", torch::ones({8, 8, 8}, torch::kUInt8), g);
    return {"a", {fuzz::folder() / "a.nii"}, fuzz::folder() / "l.nii"};
  }

  static PrepConfig prep() {
    PrepConfig config;
    config.cache.text = fuzz::folder() / "cache";
    config.crop.size = {std::nullopt, 4, 4};
    return config;
  }

  BuiltCase() : c(made()), cache(prep(), fuzz::folder(), {{0, 0}, {1, 1}}) {
    cache.build({c});
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache.folder()))
      if (entry.path().filename() == "case.json")
        description = std::filesystem::relative(entry.path(), fuzz::folder());
  }
};

BuiltCase& built() {
  static BuiltCase once;
  return once;
}

}  // namespace

// FUZZ_CORPUS names the folder of inputs: the case as it was built becomes one.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const auto file = fuzz::folder() / built().description;
  if (const char* corpus = std::getenv("FUZZ_CORPUS"))
    std::filesystem::copy_file(file, std::filesystem::path(corpus) / "built.json",
                               std::filesystem::copy_options::overwrite_existing);
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& text) {
    fuzz::put(built().description, text);
    fuzz::refused(text, [] { built().cache.missing({built().c}); });
    fuzz::refused(text, [] {
      const PreparedCase opened = built().cache.open_whole(built().c);
      opened.image.to(torch::kFloat64).sum().item<double>();  // reads every voxel
    });
  });
}
