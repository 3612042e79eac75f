// What the keys say they affect. tests/run/affects_test.cpp checks that it is so.
#include "config/config.h"
#include "support/catch.h"

using namespace seg;

namespace {

std::vector<std::string> keys_that_affect(Affects what) {
  std::vector<std::string> keys;
  for (const KeyValue& key : key_values(Config()))
    if (key.affects == what) keys.push_back(key.key);
  return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("a resumed run may change these keys alone", "[config]") {
  CHECK(keys_that_affect(Affects::nothing) ==
        Keys{"data.workers", "data.prefetch", "prep.cache", "prep.workers", "model.checkpointing",
             "training.epochs", "training.max_steps", "training.checkpoint_minutes",
             "inference.windows", "inference.skip_empty", "device", "threads", "output"});
}

TEST_CASE("these keys decide what the cache holds", "[config]") {
  CHECK(keys_that_affect(Affects::voxels) == Keys{"data.root", "data.labels", "prep.spacing",
                                                  "prep.interpolation", "prep.label_interpolation",
                                                  "prep.normalise.region", "prep.normalise.clip",
                                                  "prep.nan", "prep.resample_to", "prep.storage"});
}

TEST_CASE("only keys of the network affect the network", "[config]") {
  for (const std::string& key : keys_that_affect(Affects::network))
    CHECK(key.starts_with("model."));
}

TEST_CASE("the keys of a section are named from there", "[config]") {
  PrepConfig prep;
  prep.spacing = {5, 0.75, 0.75};
  for (const KeyValue& key : key_values(prep)) {
    if (key.key == "spacing") CHECK(key.value == "[5, 0.75, 0.75]");
    if (key.key == "normalise.region") CHECK(key.value == "all");
    CHECK_FALSE(key.key.starts_with("prep."));
  }
}
