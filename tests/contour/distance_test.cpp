#include "contour/distance.h"
#include "support/catch.h"
#include "support/oracle_losses.h"

#include <torch/torch.h>

#include <limits>

using namespace seg;

TEST_CASE("Squared distances equal the exhaustive search", "[distance]") {
  torch::manual_seed(3);
  const auto seeds = torch::rand({7, 9, 11}).lt(0.01).to(torch::kUInt8);
  const auto found = squared_distance(seeds);
  const auto at = seeds.nonzero().to(torch::kFloat);  // [K, 3]
  const auto all = torch::ones_like(seeds).nonzero().to(torch::kFloat);
  const auto expected = std::get<0>((all.unsqueeze(1) - at.unsqueeze(0)).square().sum(2).min(1)).view({7, 9, 11});
  CHECK(found.equal(expected));
}

TEST_CASE("Without a seed every distance is infinite", "[distance]") {
  const auto found = squared_distance(torch::zeros({3, 4, 5}, torch::kUInt8));
  CHECK(found.eq(std::numeric_limits<float>::infinity()).all().item<bool>());
}

TEST_CASE("DWCE weights equal the reference", "[distance]") {
  SEG_ORACLE(folder);
  test::for_each_loss_case(folder, [](const nlohmann::json& c, const test::Tensors& tensors, const nlohmann::json& tolerance) {
    const auto& labels = tensors.at("labels");
    for (const std::string kind : {"nearest", "two_nearest"}) {
      if (!tensors.count("dwce_weight." + kind)) continue;
      INFO(c.at("name").get<std::string>() << " " << kind);
      DwceConfig config;
      config.distance = kind;
      const auto valid = labels.ne(255);
      const auto found = dwce_weight(labels, c.at("shape")[1], config).masked_select(valid);
      const auto expected = tensors.at("dwce_weight." + kind).masked_select(valid);
      CHECK(
          torch::allclose(found, expected, tolerance["dwce_weight"]["rtol"].get<double>(), tolerance["dwce_weight"]["atol"].get<double>()));
    }
  });
}

TEST_CASE("One label alone weighs 1 everywhere", "[distance]") {
  for (const char* kind : {"nearest", "two_nearest"}) {
    DwceConfig config;
    config.distance = kind;
    CHECK(dwce_weight(torch::ones({1, 3, 4, 5}, torch::kUInt8), 3, config).eq(1).all().item<bool>());
  }
}
