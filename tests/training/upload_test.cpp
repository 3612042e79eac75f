#include "training/upload.h"

#include "support/catch.h"

#include <torch/torch.h>

#ifdef SEG_HAS_CUDA
#include <c10/cuda/CUDAFunctions.h>
#endif

namespace seg {
namespace {

PreparedCase open_case(std::size_t i) {
  const auto seed = static_cast<double>(i);
  const torch::Tensor image = torch::arange(2 * 6 * 8 * 8, torch::kFloat32).view({2, 6, 8, 8});
  return {"case" + std::to_string(i),
          image.sin() + seed,
          torch::full({6, 8, 8}, static_cast<int>(i), torch::kUInt8),
          {}};
}

// Seven cases in twos: the last batch is smaller, so the places on the GPU change their size.
Loader made_loader(bool pinned, const std::string& augmentation_device) {
  const Config config =
      config_from({"data.sampling=volume", "training.patch=[6, 8, 8]", "training.batch_size=2",
                   "data.workers=3", "augmentation.rotation_probability=0.5",
                   "augmentation.device=" + augmentation_device});
  return Loader(config, {}, 7, open_case, pinned);
}

struct Plain {
  torch::Tensor image, label;
  std::vector<std::string> ids;
};

std::vector<Plain> plain_epoch(std::int64_t epoch, std::int64_t first) {
  Loader loader = made_loader(false, "cpu");
  std::vector<Plain> batches;
  loader.start(epoch, first);
  while (auto batch = loader.next()) batches.push_back({batch->image, batch->label, batch->ids});
  return batches;
}

// Every batch of the epoch, copied by work that is queued as a training step is.
std::vector<Plain> uploaded(
    Upload& upload, std::int64_t epoch, std::int64_t first,
    const std::function<void()>& before = [] {}) {
  std::vector<Plain> batches;
  upload.start(epoch, first);
  while (auto batch = upload.next()) {
    before();
    apply_augmentation(*batch);
    batches.push_back({batch->image.clone(), batch->label.clone(), batch->ids});
  }
  return batches;
}

void check_same(const std::vector<Plain>& got, const std::vector<Plain>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(torch::equal(got[i].image.cpu(), expected[i].image));
    CHECK(torch::equal(got[i].label.cpu(), expected[i].label));
    CHECK(got[i].ids == expected[i].ids);
  }
}

}  // namespace

TEST_CASE("on the CPU the batches are the loader's", "[training]") {
  Loader loader = made_loader(false, "cpu");
  Upload upload(loader, torch::kCPU);
  check_same(uploaded(upload, 0, 0), plain_epoch(0, 0));
  check_same(uploaded(upload, 1, 2), plain_epoch(1, 2));
}

TEST_CASE("a GPU gets the loader's batches, however late it reads them", "[training][cuda]") {
  SEG_GPU();
  const torch::Device device(torch::kCUDA, 0);
  Loader loader = made_loader(true, "cpu");
  Upload upload(loader, device);
  const torch::Tensor busy = torch::rand({2048, 2048}, device);
  const auto late = [&] {
    for (int i = 0; i < 20; ++i) torch::matmul(busy, busy);
  };
  for (std::int64_t epoch = 0; epoch < 6; ++epoch)
    check_same(uploaded(upload, epoch, epoch % 2, late), plain_epoch(epoch, epoch % 2));
}

#ifdef SEG_HAS_CUDA
TEST_CASE("neither the copy nor a GPU's augmentation waits for the GPU", "[training][cuda]") {
  SEG_GPU();
  const torch::Device device(torch::kCUDA, 0);
  Loader loader = made_loader(true, "cuda");
  Upload upload(loader, device);
  uploaded(upload, 0, 0);  // what is set up once may wait
  auto& state = c10::cuda::warning_state();
  state.set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR);
  CHECK_NOTHROW(uploaded(upload, 1, 0));
  state.set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
}
#endif

}  // namespace seg
