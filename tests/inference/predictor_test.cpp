// Labels of a whole image on another grid against logits of the whole volume.
#include "inference/predictor.h"

#include "prep/resample.h"
#include "support/catch.h"

#include <torch/torch.h>

namespace seg {
namespace {

// Classes by place and value, smooth enough to be resampled.
struct Smooth : Network {
  explicit Smooth(double phase_) : phase(phase_) {}
  torch::Tensor logits(const torch::Tensor& x) override {
    ++calls;
    const torch::Tensor s = x.sum(1);
    return torch::stack({s, (s + phase).sin() * 2, (2 * s - phase).cos()}, 1);
  }
  double phase;
  int calls = 0;
};

Geometry grid(std::int64_t d, std::int64_t h, std::int64_t w) {
  Geometry g;
  g.size = {w, h, d};
  return g;
}

torch::Tensor smooth_image() {
  torch::manual_seed(11);
  return torch::upsample_trilinear3d(torch::randn({1, 1, 5, 6, 7}), {20, 24, 28}, true)[0] * 2;
}

Config config_with(const std::vector<std::string>& more = {}) {
  std::vector<std::string> keys = {"training.patch=[16,16,16]", "training.precision=float32"};
  keys.insert(keys.end(), more.begin(), more.end());
  return config_from(keys);
}

// Probabilities of the whole image where every voxel's logits depend on its value alone, so that
// windows change nothing.
torch::Tensor whole_scores(Smooth& network, const torch::Tensor& image) {
  return network.logits(image.unsqueeze(0))[0];
}

}  // namespace

TEST_CASE("labels on the file's grid are those of all logits resampled to it", "[inference]") {
  const torch::Tensor image = smooth_image();
  const Geometry from = grid(20, 24, 28);
  Smooth network(0.7);
  Predictor predictor({&network}, config_with(), {}, {});
  for (const Xyz<double>& spacing : {Xyz<double>{0.7, 0.6, 0.9}, Xyz<double>{2.5, 1, 5}}) {
    const Geometry to = resampled_grid(from, to_dhw(spacing));
    const torch::Tensor labels = predictor.labels(image, {0}, from, to);
    const torch::Tensor scores =
        resample_image(whole_scores(network, image), from, to, Interpolation::linear);
    const auto [largest, place] = scores.topk(2, 0);
    const torch::Tensor clear = largest[0] - largest[1] > 1e-4;
    CHECK(clear.to(torch::kDouble).mean().item<double>() > 0.99);
    CHECK(labels.eq(place[0]).logical_or(clear.logical_not()).all().item<bool>());
    CHECK(labels.flatten().bincount({}, 3).min().item<std::int64_t>() > 0);
  }
}

TEST_CASE("several networks predict by the mean of their softmax", "[inference]") {
  const torch::Tensor image = smooth_image();
  const Geometry from = grid(20, 24, 28);
  Smooth a(0.3), b(1.9), c(2.4);
  Predictor predictor({&a, &b, &c}, config_with(), {}, {});
  torch::Tensor probabilities = torch::zeros({3, 20, 24, 28});
  PredictionHooks hooks;
  double last = 0;
  hooks.on_share = [&](double share) {
    CHECK(share >= last);
    last = share;
  };
  hooks.on_probabilities = [&](std::int64_t z, std::int64_t y, const torch::Tensor& p) {
    probabilities.narrow(1, z, p.size(0)).narrow(2, y, p.size(1)).copy_(p.permute({3, 0, 1, 2}));
  };
  const torch::Tensor labels = predictor.labels(image, {0}, from, from, hooks);
  CHECK(last > 0.9);
  const torch::Tensor mean =
      (whole_scores(a, image).softmax(0) + whole_scores(b, image).softmax(0) +
       whole_scores(c, image).softmax(0)) /
      3;
  CHECK(torch::allclose(probabilities, mean, 1e-4, 1e-5));
  CHECK((labels != mean.argmax(0)).to(torch::kDouble).mean().item<double>() < 1e-3);
  CHECK((labels != whole_scores(a, image).argmax(0)).any().item<bool>());
  CHECK(predictor.seconds().windows == 3 * window_count({20, 24, 28}, {16, 16, 16}, 0.5));
}

TEST_CASE("one network's probabilities are the softmax of its resampled logits", "[inference]") {
  const torch::Tensor image = smooth_image();
  const Geometry from = grid(20, 24, 28), to = resampled_grid(from, {1.4, 0.8, 0.8});
  Smooth network(0.3);
  Predictor predictor({&network}, config_with(), {}, {});
  torch::Tensor probabilities = torch::zeros({3, to.size[2], to.size[1], to.size[0]});
  PredictionHooks hooks;
  hooks.on_probabilities = [&](std::int64_t z, std::int64_t y, const torch::Tensor& p) {
    probabilities.narrow(1, z, p.size(0)).narrow(2, y, p.size(1)).copy_(p.permute({3, 0, 1, 2}));
  };
  const torch::Tensor labels = predictor.labels(image, {0}, from, to, hooks);
  const torch::Tensor expected =
      resample_image(whole_scores(network, image), from, to, Interpolation::linear).softmax(0);
  CHECK(torch::allclose(probabilities, expected, 1e-4, 1e-5));
  CHECK(torch::equal(labels, predictor.labels(image, {0}, from, to)));
}

TEST_CASE("flips and windows at once reach the network", "[inference]") {
  const torch::Tensor image = smooth_image();
  Smooth network(0.3);
  const auto calls = [&](const std::vector<std::string>& keys) {
    network.calls = 0;
    Predictor predictor({&network}, config_with(keys), {}, {});
    predictor.labels(image, {0});
    return network.calls;
  };
  const int once = calls({});
  CHECK(calls({"inference.flip=in_plane"}) == 4 * once);
  CHECK(calls({"inference.flip=all"}) == 8 * once);
  CHECK(calls({"inference.windows=2"}) < once);
}

}  // namespace seg
