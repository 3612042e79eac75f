// The z-score against its equation in double.
#include "prep/normalise.h"
#include "support/catch.h"
#include "support/word.h"

#include <torch/utils.h>

using namespace seg;

namespace {

torch::Tensor volume() {
  torch::manual_seed(5);
  torch::Tensor image = torch::randn({2, 40, 50, 60}) * 300 + 1000;
  image.masked_fill_(torch::rand_like(image) < 0.3, 0);
  image.select(1, 0).fill_(0);
  image.select(1, 39).fill_(0);
  return image;
}

torch::Tensor plain(const torch::Tensor& image, const NormaliseConfig& config) {
  torch::Tensor y = image.to(torch::kFloat64);
  if (!config.clip.empty()) y = y.clamp(config.clip[0], config.clip[1]);
  std::vector<torch::Tensor> channels;
  for (const torch::Tensor& channel : y.unbind(0)) {
    const torch::Tensor region = config.region == NormaliseRegion::all
                                     ? channel
                                     : channel.masked_select(channel != 0);  // the border is 0, too
    channels.push_back((channel - region.mean()) / region.std(/*unbiased=*/false));
  }
  return torch::stack(channels);
}

}  // namespace

TEST_CASE("the z-score is Eq 12 over the region that is told, on any number of threads", "[prep]") {
  for (const char* region : {"all", "nonzero", "foreground"})
    for (const std::vector<double>& clip : {std::vector<double>{}, {-100, 1200}}) {
      NormaliseConfig config;
      config.region = test::word(region);
      config.clip = clip;
      INFO(region);
      const torch::Tensor image = volume();
      torch::Tensor one = image.clone(), four = image.clone();
      z_score(one, config, "test", 1);
      z_score(four, config, "test", 4);
      CHECK(torch::equal(one, four));
      CHECK(torch::allclose(one.to(torch::kFloat64), plain(image, config), 1e-5, 1e-5));
    }
}

TEST_CASE("foreground is what differs from the border's most frequent value", "[prep]") {
  torch::Tensor image = torch::full({1, 9, 9, 9}, -4.25F);
  image[0].slice(0, 2, 7).slice(1, 2, 7).slice(2, 2, 7).normal_(7, 2);
  const torch::Tensor body = image.masked_select(image != -4.25F).to(torch::kFloat64);
  const double mean = body.mean().item<double>(), deviation = body.std(false).item<double>();
  NormaliseConfig config;
  config.region = NormaliseRegion::foreground;
  z_score(image, config, "test");
  CHECK(image[0][0][0][0].item<double>() == Approx((-4.25 - mean) / deviation).epsilon(1e-5));
}

TEST_CASE("a constant channel becomes zeros, whatever its value", "[prep]") {
  for (const float value : {0.0F, 5.0F, 1e7F, -3.3333F}) {
    torch::Tensor image = torch::full({1, 20, 20, 20}, value);
    z_score(image, {}, "test");
    CHECK(image.abs().max().item<float>() == 0);
  }
}

TEST_CASE("a large offset does not cost the z-score its precision", "[prep]") {
  torch::manual_seed(1);
  const torch::Tensor image = torch::randint(0, 8, {1, 64, 64, 64}).to(torch::kFloat32) + 1e6F;
  torch::Tensor out = image.clone();
  z_score(out, {}, "test");
  CHECK(torch::allclose(out.to(torch::kFloat64), plain(image, {}), 1e-5, 1e-5));
}

TEST_CASE("the region crop is the part of the image that is told", "[prep]") {
  const torch::Tensor image = volume();
  const Box box{{3, 0, 11}, {20, 50, 17}};
  NormaliseConfig config;
  config.region = NormaliseRegion::crop;
  config.clip = {-100, 1200};
  const torch::Tensor part =
      image.clamp(-100, 1200).narrow(1, 3, 20).narrow(3, 11, 17).to(torch::kFloat64).flatten(1);
  const auto column = [](const torch::Tensor& t) { return t.view({2, 1, 1, 1}); };
  const torch::Tensor expected =
      (image.clamp(-100, 1200).to(torch::kFloat64) - column(part.mean(1))) /
      column(part.std(1, /*unbiased=*/false));
  for (const int threads : {1, 3}) {
    torch::Tensor out = image.clone();
    z_score(out, config, "test", threads, box);
    CHECK(torch::allclose(out.to(torch::kFloat64), expected, 1e-5, 1e-5));
  }
}
