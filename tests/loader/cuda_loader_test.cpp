// The loader's page-locked batches: the same as others, and they arrive whole although the copy
// does not wait and the batch is dropped at once.
#include "data/support.h"
#include "loader/loader.h"
#include "support/device.h"

using namespace seg;
using namespace seg::test;

namespace {

Config config_of() {
  Config config =
      config_from({"data.sampling=random", "training.patch=[24,48,48]", "training.batch_size=2",
                   "training.steps_per_epoch=24", "data.workers=3", "data.prefetch=2"});
  config.augmentation.rotation_probability = config.augmentation.flip_probability = 0.5;
  return config;
}

PreparedCase open_volume(std::size_t i) {
  return made_case(fmt::format("case{}", i), 30 + static_cast<std::int64_t>(i), 56, 60);
}

template <class Take>
void for_each_batch(bool pinned, Take take) {
  Loader loader(config_of(), {}, 4, open_volume, pinned);
  loader.start(1, 0);
  while (std::optional<Batch> batch = loader.next()) take(*batch);
}

}  // namespace

TEST_CASE("Batches in pinned memory are the others' equal and arrive whole on a GPU",
          "[loader][cuda]") {
  SEG_DEVICE(device);
  const bool pinned = device.is_cuda();  // without a GPU there is nothing to lock pages for
  std::vector<Batch> expected;
  for_each_batch(false, [&](const Batch& batch) {
    CHECK_FALSE(batch.image.is_pinned());
    expected.push_back(batch);
  });
  REQUIRE(expected.size() == 24);

  std::vector<torch::Tensor> images, labels;
  for_each_batch(pinned, [&](const Batch& batch) {
    const std::size_t i = images.size();
    REQUIRE(i < expected.size());
    CHECK(batch.image.is_pinned() == pinned);
    CHECK(batch.label.is_pinned() == pinned);
    CHECK(batch.image.equal(expected[i].image));
    CHECK(batch.label.equal(expected[i].label));
    CHECK(batch.ids == expected[i].ids);
    images.push_back(batch.image.to(device, batch.image.scalar_type(), /*non_blocking=*/true));
    labels.push_back(batch.label.to(device, batch.label.scalar_type(), /*non_blocking=*/true));
  });
  REQUIRE(images.size() == expected.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    CHECK(images[i].cpu().equal(expected[i].image));
    CHECK(labels[i].cpu().equal(expected[i].label));
  }
}
