#include "loader/loader.h"

#include "data/support.h"

#include <torch/cuda.h>

#include <atomic>
#include <set>
#include <thread>

using namespace seg;
using test::made_case;

namespace {

Config config_of(const std::string& sampling, std::int64_t workers) {
  const std::string depth = sampling == "volume" ? "16" : "4";  // of the deepest case
  return config_from({"data.sampling=" + sampling, "training.patch=[" + depth + ", 6, 6]",
                      "data.slice_overlap=1", "training.batch_size=2",
                      fmt::format("data.workers={}", workers),
                      "augmentation.rotation_probability=0.5"});
}

// Case i has 4 + 3 i slices: i + 1 axial crops.
PreparedCase open_case(std::size_t i) {
  return made_case(fmt::format("case{}", i), static_cast<std::int64_t>(4 + 3 * i), 6, 6);
}

std::vector<Batch> epoch_of(Loader& loader, std::int64_t epoch, std::int64_t first_step = 0) {
  std::vector<Batch> batches;
  loader.start(epoch, first_step);
  while (auto batch = loader.next()) batches.push_back(*batch);
  return batches;
}

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!torch::equal(a[i].image, b[i].image) || !torch::equal(a[i].label, b[i].label) ||
        a[i].ids != b[i].ids)
      return false;
  return true;
}

}  // namespace

TEST_CASE("every axial crop once per epoch, the last smaller batch kept", "[loader]") {
  Config config = config_of("slices", 3);
  config.augmentation.rotation_probability = config.augmentation.flip_probability = 0;
  Loader loader(config, {}, 5, open_case, false);
  CHECK(loader.steps_per_epoch() == 8);  // 1 + 2 + 3 + 4 + 5 crops in twos
  const auto batches = epoch_of(loader, 0);
  REQUIRE(batches.size() == 8);
  std::set<std::pair<std::string, float>> seen;
  for (const Batch& b : batches)
    for (std::size_t i = 0; i < b.ids.size(); ++i)
      CHECK(seen.emplace(b.ids[i], b.image[static_cast<std::int64_t>(i)][0][0][0][0].item<float>())
                .second);
  CHECK(seen.size() == 15);
  CHECK(batches.back().image.size(0) == 1);
  CHECK(batches[0].image.sizes() == torch::IntArrayRef{2, 2, 4, 6, 6});
  CHECK(batches[0].label.sizes() == torch::IntArrayRef{2, 4, 6, 6});
  CHECK(batches[0].label.scalar_type() == torch::kUInt8);
}

TEST_CASE("batches depend neither on the number of workers nor on where the epoch begins",
          "[loader]") {
  for (const char* sampling : {"slices", "volume", "random"}) {
    Loader one(config_of(sampling, 1), {}, 5, open_case, false),
        many(config_of(sampling, 7), {}, 5, open_case, false);
    const auto first = epoch_of(one, 0), second = epoch_of(one, 1);
    CHECK(same(epoch_of(many, 1), second));
    CHECK(same(epoch_of(many, 0), first));
    CHECK_FALSE(same(first, second));
    CHECK(same(epoch_of(many, 0, 2), {first.begin() + 2, first.end()}));
  }
}

TEST_CASE("random sampling takes the steps asked for, the cases in turn", "[loader]") {
  Config config = config_of("random", 2);
  CHECK(Loader(config, {}, 5, open_case, false).steps_per_epoch() == 5);
  config.training.steps_per_epoch = 10;
  Loader loader(config, {}, 5, open_case, false);
  CHECK(loader.steps_per_epoch() == 10);
  std::map<std::string, int> count;
  for (const Batch& b : epoch_of(loader, 0))
    for (const std::string& id : b.ids) ++count[id];
  CHECK(count.size() == 5);
  for (const auto& [id, n] : count) CHECK(n == 4);
}

TEST_CASE("an exception in a worker reaches the consumer in its turn, with the case's id",
          "[loader]") {
  Config config = config_of("volume", 3);
  config.training.batch_size = 1;
  std::atomic<bool> broken = false;
  const auto open = [&](std::size_t i) -> PreparedCase {
    if (broken && i == 2) throw std::runtime_error("disk on fire");
    return open_case(i);
  };
  Loader loader(config, {}, 4, open, false);
  broken = true;
  loader.start(0, 0);
  std::string message;
  int before = 0;
  try {
    while (loader.next()) ++before;
  } catch (const Error& e) {
    message = e.what();
  }
  CHECK(message == "case case2: the batch could not be made (disk on fire)");
  CHECK(before < 4);
  broken = false;
  CHECK(epoch_of(loader, 0).size() == 4);
}

TEST_CASE("a training case without label is an error, and so is nothing to train on", "[loader]") {
  const auto open = [](std::size_t i) {
    PreparedCase c = open_case(i);
    c.label = torch::Tensor();
    return c;
  };
  CHECK(test::error_of([&] { Loader(config_of("volume", 1), {}, 1, open, false); },
                       ErrorKind::data) == "case case0: has no label, so it cannot be trained on");
  CHECK(test::error_of([&] { Loader(config_of("random", 1), {}, 0, open_case, false); },
                       ErrorKind::data) == "there is no case to train on; check data.split");
}

TEST_CASE("a patch that would leave a part of every volume out is refused, but for random patches",
          "[loader]") {
  for (const char* sampling : {"slices", "volume"}) {
    Config config = config_of(sampling, 1);
    config.training.patch[1] = 5;
    const std::string text =
        test::error_of([&] { Loader(config, {}, 5, open_case, false); }, ErrorKind::config);
    CHECK(text.find("case case0 is 4 x 6 x 6 voxels") != std::string::npos);
    config.data.sampling = Sampling::random;
    CHECK_NOTHROW(Loader(config, {}, 5, open_case, false));
  }
}

TEST_CASE("a loader that is dropped or restarted in the middle ends its workers", "[loader]") {
  Loader loader(config_of("slices", 4), {}, 5, open_case, false);
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    loader.start(epoch, 0);
    CHECK(loader.next().has_value());
  }
}

TEST_CASE("augmentation left to the device gives what the loader's threads give", "[loader]") {
  Config config = config_of("random", 2);
  config.training.steps_per_epoch = 6;
  for (double* probability :
       {&config.augmentation.scaling_probability, &config.augmentation.noise_probability,
        &config.augmentation.gamma_probability, &config.augmentation.flip_probability})
    *probability = 0.5;
  Loader here(config, {}, 5, open_case, false);
  config.augmentation.device = AugmentationDevice::cuda;
  Loader left(config, {}, 5, open_case, false);
  auto batches = epoch_of(left, 0);
  CHECK_FALSE(same(batches, epoch_of(here, 0)));
  for (Batch& batch : batches) {
    CHECK(batch.to_apply.size() == batch.ids.size());
    apply_augmentation(batch);
  }
  CHECK(same(batches, epoch_of(here, 0)));
}

TEST_CASE("the loader's threads: what is asked for, else what the cores and the GPU suit",
          "[loader]") {
  DataConfig config;
  CHECK(loader_threads(config, false, 4) == 4);
  CHECK(loader_threads(config, false, 32) == 8);
  CHECK(loader_threads(config, true, 1) == 1);
  CHECK(loader_threads(config, true, 12) == 11);
  CHECK(loader_threads(config, true, 64) == 16);
  config.workers = 40;
  CHECK(loader_threads(config, true, 2) == 40);
  CHECK(loader_threads(config, false, 2) == 40);
}

TEST_CASE("the summary's sentence counts what the loader makes", "[loader]") {
  Config config = config_from({"training.patch=[64, 256, 256]"});
  CHECK(loader_text(config, 1, 14)
            .starts_with("The loader's 14 threads make about 400 patches per second"));
  CHECK(loader_text(config, 4, 14).find("about 100 patches") != std::string::npos);
  config.augmentation.device = AugmentationDevice::cuda;
  CHECK(loader_text(config, 1, 14).find("the GPU augments them") != std::string::npos);
}

TEST_CASE("every thread has work, however few batches are to be made ahead", "[loader]") {
  Config config = config_of("volume", 4);
  config.training.batch_size = config.data.prefetch = 1;
  std::atomic<bool> started = false;
  std::atomic<int> inside = 0;
  const auto open = [&](std::size_t i) {
    if (started) {  // leaves when all four are here, or after long
      ++inside;
      for (int wait = 0; wait < 2000 && inside < 4; ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return open_case(i);
  };
  Loader loader(config, {}, 4, open, false);
  started = true;
  loader.start(0, 0);
  CHECK(loader.next().has_value());
  CHECK(inside == 4);
}

TEST_CASE("batches in pinned memory are the same batches", "[loader][cuda]") {
  if (!torch::cuda::is_available()) SEG_SKIP("no GPU here");
  Loader plain(config_of("slices", 3), {}, 5, open_case, false),
      pinned(config_of("slices", 3), {}, 5, open_case, true);
  const auto batches = epoch_of(pinned, 0);
  CHECK(same(batches, epoch_of(plain, 0)));
  for (const Batch& batch : batches) CHECK((batch.image.is_pinned() && batch.label.is_pinned()));
}
