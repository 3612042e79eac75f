// The CUDA kernels of contours and distances: their arithmetic on the processor everywhere,
// themselves where there is a GPU.
#include "contour/contour.h"
#include "contour/contour_on_gpu.h"
#include "contour/distance_maps_cuda.h"
#include "contour/dwce_weight.h"
#include "contour/label_window.h"
#include "core/cuda_kernel.h"
#include "support/catch.h"
#include "support/cuda_emulation.h"
#include "support/word.h"

#include <torch/cuda.h>
#include <torch/utils.h>

namespace window_kernels {
namespace seg {
using namespace ::seg;
}
#include "contour/contour_cuda.cu"
}  // namespace window_kernels

namespace nearest_kernels {
namespace seg {
using namespace ::seg;
}
#include "contour/distance_maps_cuda.cu"
#include "distance/nearest_cuda.cu"
}  // namespace nearest_kernels

using namespace seg;

namespace {

torch::Tensor random_labels(std::int64_t classes, bool ignored) {
  torch::Tensor labels = torch::randint(0, classes, {2, 3, 2, 3}).to(torch::kUInt8);
  labels = labels.repeat_interleave(4, 1)
               .repeat_interleave(3, 2)
               .repeat_interleave(ignored ? 5 : 8, 3)
               .contiguous();
  if (ignored) labels.masked_fill_(torch::rand(labels.sizes()).lt(0.1), 255);
  return labels;
}

LabelGrid grid_of(const torch::Tensor& labels) {
  return {labels.const_data_ptr<std::uint8_t>(), labels.size(0), labels.size(1), labels.size(2),
          labels.size(3)};
}

torch::Tensor emulated_cube(const torch::Tensor& labels, Reach reach, bool zero_border,
                            std::uint8_t first, std::uint8_t classes) {
  auto out = torch::empty_like(labels);
  std::vector<std::uint32_t> work(static_cast<std::size_t>(window_contour_words(grid_of(labels))));
  REQUIRE(window_kernels::seg::cuda_window_contour(
              grid_of(labels), reach.back, reach.forward, {first, classes, zero_border},
              work.data(), out.data_ptr<std::uint8_t>(), nullptr) == nullptr);
  return out;
}

struct Nearest {
  torch::Tensor distance, label;
  explicit Nearest(const torch::Tensor& y)
      : distance(torch::empty({2, y.numel()})),
        label(torch::empty({2, y.numel()}, torch::kUInt8)) {}
  NearestLabels view() const {
    return {distance.data_ptr<float>(), label.data_ptr<std::uint8_t>()};
  }
};

Nearest emulated_nearest(const torch::Tensor& labels, std::uint8_t first, Joining joining,
                         std::int64_t limit) {
  Nearest found(labels), work(labels);
  REQUIRE(nearest_kernels::seg::cuda_nearest_labels(grid_of(labels), first, joining, limit,
                                                    found.view(), work.view(), nullptr) == nullptr);
  return found;
}

torch::Tensor emulated_adaptive(const torch::Tensor& labels, std::uint8_t classes,
                                const ContourConfig& config) {
  const Nearest nearest = emulated_nearest(labels, 0, Joining::chessboard, adaptive_reach(config));
  auto out = torch::empty_like(labels),
       thickness = torch::empty({labels.size(0), 256}, torch::kInt);
  REQUIRE(nearest_kernels::seg::cuda_adaptive_contour(
              grid_of(labels), nearest.view(),
              {config.first_class(), classes, config.border == ContourBorder::zero}, config.beta,
              config.iterations, thickness.data_ptr<int>(), out.data_ptr<std::uint8_t>(),
              nullptr) == nullptr);
  return out;
}

torch::Tensor emulated_weight(const torch::Tensor& labels, const DwceConfig& config) {
  const bool two = config.distance == DwceDistance::two_nearest;
  const Nearest nearest =
      emulated_nearest(labels, two ? 1 : 0, Joining::euclidean, dwce_reach(config));
  auto weight = torch::empty(labels.sizes());
  REQUIRE(nearest_kernels::seg::cuda_distance_weight(
              grid_of(labels), nearest.view(), two, static_cast<float>(config.w0),
              static_cast<float>(config.sigma), weight.data_ptr<float>(), nullptr) == nullptr);
  return weight;
}

// check(labels, config) for every choice of the contour.
template <class Check>
void for_each_contour(Check check) {
  torch::manual_seed(5);
  for (const bool ignored : {false, true})
    for (const std::int64_t n : {1, 2, 6, 30})
      for (const char* classes : {"targets", "all"})
        for (const char* border : {"replicate", "zero"}) {
          INFO(n << " " << classes << " " << border << (ignored ? " with ignored voxels" : ""));
          ContourConfig config;
          config.iterations = n;
          config.classes = test::word(classes);
          config.border = test::word(border);
          check(random_labels(4, ignored), config);
        }
}

}  // namespace

TEST_CASE("The arithmetic of the CUDA contours equals the processor's, bit by bit", "[contour]") {
  for_each_contour([](const torch::Tensor& labels, ContourConfig config) {
    const auto found = emulated_cube(labels, {config.iterations, config.iterations},
                                     config.border == ContourBorder::zero, config.first_class(), 4);
    CHECK(found.equal(contour_map(labels, 4, config)));
    config.mode = ContourMode::adaptive;
    CHECK(emulated_adaptive(labels, 4, config).equal(contour_map(labels, 4, config)));
  });
  const auto labels = random_labels(4, true);
  CHECK(emulated_cube(labels, {1, 0}, true, 0, 4).equal(release_contour_map(labels, 4)));
}

TEST_CASE("The arithmetic of the CUDA distance weights equals the processor's", "[distance]") {
  torch::manual_seed(6);
  for (const bool ignored : {false, true})
    for (const std::int64_t classes : {1, 2, 5})
      for (const char* kind : {"nearest", "two_nearest"}) {
        INFO(classes << " classes, " << kind << (ignored ? " with ignored voxels" : ""));
        DwceConfig config;
        config.distance = test::word(kind);
        const auto labels = random_labels(classes, ignored), valid = labels.ne(255);
        const auto found = emulated_weight(labels, config),
                   expected = dwce_weight(labels, classes, config);
        CHECK(torch::allclose(found.masked_select(valid), expected.masked_select(valid), 1e-6));
      }
}

TEST_CASE("Contours and distance weights on a GPU equal the processor's",
          "[contour][distance][cuda]") {
  SEG_GPU();
  for_each_contour([](const torch::Tensor& labels, ContourConfig config) {
    for (const char* mode : {"uniform", "adaptive"}) {
      config.mode = test::word(mode);
      CHECK(contour_map(labels.cuda(), 4, config).cpu().equal(contour_map(labels, 4, config)));
    }
    CHECK(release_contour_map(labels.cuda(), 4).cpu().equal(release_contour_map(labels, 4)));
    for (const char* kind : {"nearest", "two_nearest"}) {
      DwceConfig dwce;
      dwce.distance = test::word(kind);
      const auto valid = labels.ne(255);
      CHECK(torch::allclose(dwce_weight(labels.cuda(), 4, dwce).cpu().masked_select(valid),
                            dwce_weight(labels, 4, dwce).masked_select(valid), 1e-6));
    }
  });
}
