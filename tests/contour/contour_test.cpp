#include "contour/contour.h"
#include "support/catch.h"
#include "support/oracle_losses.h"
#include "support/word.h"

#include <torch/utils.h>

using namespace seg;

namespace {

// Iterated binary erosion per class by the 3x3x3 cube, as Eq 1 has it; no ignored voxels.
torch::Tensor eroded_contour(const torch::Tensor& labels, std::int64_t classes,
                             const ContourConfig& config) {
  torch::Tensor contour = torch::zeros_like(labels);
  const float outside = config.border == ContourBorder::zero ? 1.0f : 0.0f;
  for (std::int64_t j = config.classes == ContourClasses::targets ? 1 : 0; j < classes; ++j) {
    const torch::Tensor g = labels.eq(j);
    torch::Tensor gone = g.logical_not().to(torch::kFloat).unsqueeze(1);
    for (std::int64_t i = 0; i < config.iterations; ++i) {
      gone = torch::constant_pad_nd(gone, {1, 1, 1, 1, 1, 1}, outside);
      gone = torch::max_pool3d(gone, {3, 3, 3}, {1, 1, 1});
    }
    contour = contour.bitwise_or(g.logical_and(gone.squeeze(1).gt(0)).to(torch::kUInt8));
  }
  return contour;
}

torch::Tensor random_labels(std::int64_t classes) {
  torch::Tensor coarse = torch::randint(0, classes, {2, 3, 4, 5}).to(torch::kUInt8);
  return coarse.repeat_interleave(5, 1).repeat_interleave(4, 2).repeat_interleave(7, 3);
}

}  // namespace

TEST_CASE("Contours equal the reference, bit by bit", "[contour]") {
  SEG_ORACLE(folder);
  test::for_each_loss_case(
      folder, [](const nlohmann::json& c, const test::Tensors& tensors, const nlohmann::json&) {
        for (const auto& [name, entry] : c.at("contours").items()) {
          INFO(c.at("name").get<std::string>() << " " << name);
          const auto& labels = tensors.at("labels");
          const std::int64_t classes = c.at("shape")[1];
          const auto map =
              name == "contour.release"
                  ? release_contour_map(labels, classes)
                  : contour_map(labels, classes, test::contour_config(entry.at("options")));
          CHECK(map.ne(tensors.at(name)).sum().item<std::int64_t>() == 0);
        }
      });
}

TEST_CASE("Contours equal iterated erosion on random labels", "[contour]") {
  torch::manual_seed(1);
  ContourConfig config;
  for (const std::int64_t n : {1, 2, 3, 4, 6, 7, 13, 40})
    for (const char* classes : {"targets", "all"})
      for (const char* border : {"replicate", "zero"}) {
        config.iterations = n;
        config.classes = test::word(classes);
        config.border = test::word(border);
        const auto labels = random_labels(4);
        INFO(n << " " << classes << " " << border);
        CHECK(contour_map(labels, 4, config).equal(eroded_contour(labels, 4, config)));
      }
}

TEST_CASE("An ignored voxel is neither contour nor another label", "[contour]") {
  torch::Tensor labels = torch::ones({1, 5, 5, 5}, torch::kUInt8);
  labels[0][2][2][2] = 255;
  CHECK(contour_map(labels, 2, {}).sum().item<int>() == 0);
  labels[0][0][0][0] = 0;
  ContourConfig config;
  config.iterations = 4;
  CHECK(contour_map(labels, 2, config).sum().item<int>() == 123);
  CHECK(contour_map(labels, 2, config)[0][2][2][2].item<int>() == 0);
}

TEST_CASE("A flipped volume has the flipped contour", "[contour]") {
  torch::manual_seed(2);
  const auto labels = random_labels(5);
  for (const char* mode : {"uniform", "adaptive"}) {
    ContourConfig config;
    config.mode = test::word(mode);
    const auto map = contour_map(labels, 5, config);
    for (const std::int64_t axis : {1, 2, 3})
      CHECK(contour_map(labels.flip(axis), 5, config).equal(map.flip(axis)));
    CHECK(contour_map(labels.permute({0, 3, 1, 2}), 5, config).equal(map.permute({0, 3, 1, 2})));
  }
}

TEST_CASE("Adaptive contours leave a core in a structure too thin for n", "[contour]") {
  torch::Tensor labels = torch::zeros({1, 30, 30, 30}, torch::kUInt8);
  labels.slice(1, 10, 17).slice(2, 10, 17).slice(3, 10, 17).fill_(
      1);  // 7 voxels thick: m = 4, n_1 = 2
  ContourConfig config;
  CHECK(contour_map(labels, 2, config).sum().item<int>() == 343);  // Eq 1 at n = 6: no core
  config.mode = ContourMode::adaptive;
  CHECK(contour_map(labels, 2, config).sum().item<int>() == 343 - 27);
  CHECK(contour_map(torch::ones({1, 4, 4, 4}, torch::kUInt8), 2, config).sum().item<int>() == 0);
}
