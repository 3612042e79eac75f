#include "contour/dwce_weight.h"
#include "support/catch.h"
#include "support/oracle_losses.h"
#include "support/word.h"

#include <torch/utils.h>

using namespace seg;

TEST_CASE("DWCE weights equal the reference", "[contour][distance]") {
  SEG_ORACLE(folder);
  test::for_each_loss_case(folder, [](const nlohmann::json& c, const test::Tensors& tensors,
                                      const nlohmann::json& tolerance) {
    const auto& labels = tensors.at("labels");
    for (const std::string kind : {"nearest", "two_nearest"}) {
      if (!tensors.count("dwce_weight." + kind)) continue;
      INFO(c.at("name").get<std::string>() << " " << kind);
      DwceConfig config;
      config.distance = test::word(kind);
      const auto valid = labels.ne(255);
      const auto found = dwce_weight(labels, c.at("shape")[1], config).masked_select(valid);
      const auto expected = tensors.at("dwce_weight." + kind).masked_select(valid);
      CHECK(torch::allclose(found, expected, tolerance["dwce_weight"]["rtol"].get<double>(),
                            tolerance["dwce_weight"]["atol"].get<double>()));
    }
  });
}

TEST_CASE("DWCE's nearest other label equals the exhaustive search, ignored voxels passed over",
          "[contour][distance]") {
  torch::manual_seed(8);
  const std::string ignored = GENERATE("none", "a corner", "a shell around one label", "scattered");
  INFO(ignored);
  torch::Tensor labels = torch::randint(0, 3, {1, 3, 3, 4}).to(torch::kUInt8);
  labels = labels.repeat_interleave(2, 1).repeat_interleave(4, 2).repeat_interleave(3, 3);
  labels.slice(1, 2, 5).slice(2, 5, 8).slice(3, 5, 9).fill_(3);
  if (ignored == "a corner") labels.slice(2, 0, 3).slice(3, 0, 5).fill_(255);
  if (ignored == "a shell around one label")
    labels.slice(1, 1, 6).slice(2, 4, 5).slice(3, 4, 10).fill_(255);
  if (ignored == "scattered") labels.masked_fill_(torch::rand(labels.sizes()).lt(0.2), 255);
  const torch::Tensor places = torch::ones_like(labels[0]).nonzero().to(torch::kFloat),
                      y = labels.flatten();
  const torch::Tensor squared =
      (places.unsqueeze(1) - places.unsqueeze(0)).square().sum(2);  // [N, N]
  const torch::Tensor other = y.unsqueeze(0).ne(y.unsqueeze(1)).logical_and(y.ne(255).unsqueeze(0));
  const torch::Tensor nearest =
                          std::get<0>(squared.masked_fill(other.logical_not(), INFINITY).min(1)),
                      valid = y.ne(255);
  const torch::Tensor expected = 1 + 10 * (-nearest / 50).exp();
  CHECK(torch::allclose(dwce_weight(labels, 4, {}).flatten().masked_select(valid),
                        expected.masked_select(valid), 1e-6));
}

TEST_CASE("One label alone weighs 1 everywhere", "[contour][distance]") {
  for (const char* kind : {"nearest", "two_nearest"}) {
    DwceConfig config;
    config.distance = test::word(kind);
    CHECK(
        dwce_weight(torch::ones({1, 3, 4, 5}, torch::kUInt8), 3, config).eq(1).all().item<bool>());
  }
}
