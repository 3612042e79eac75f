// Every loss against its equation written plainly on whole volumes in float64, and that against finite differences.
#include "contour/contour.h"
#include "contour/distance.h"
#include "loss/loss.h"
#include "support/catch.h"

#include <torch/cuda.h>
#include <torch/utils.h>

using namespace seg;

namespace {

struct Sample {
  torch::Tensor logits, labels;  // float32 [2, 4, 9, 14, 17]; a thick and a thin structure, an absent class, ignored voxels
  Sample() {
    torch::manual_seed(12);
    logits = torch::randn({2, 4, 9, 14, 17}).mul(2);
    labels = torch::zeros({2, 9, 14, 17}, torch::kUInt8);
    labels.slice(1, 1, 8).slice(2, 2, 9).slice(3, 1, 9).fill_(1);
    labels.slice(1, 4, 5).slice(3, 10, 16).fill_(2);  // one voxel thick
    labels[1].select(1, 3).fill_(255);
    labels[0].slice(0, 6, 9).slice(1, 10, 14).slice(2, 12, 17).fill_(3);
  }
};

// The volumes of an equation, N voxels: p and g [N, M], C and w [N].
struct Voxels {
  torch::Tensor p, g, log_p_y, contour, distance_weight;
  Voxels(const torch::Tensor& logits, const torch::Tensor& labels, const LossConfig& config) {
    const std::int64_t classes = logits.size(1);
    const auto flat = [&](const torch::Tensor& volume) { return volume.flatten().masked_select(labels.flatten().ne(255)); };
    const torch::Tensor rows = logits.permute({0, 2, 3, 4, 1}).reshape({-1, classes}), kept = labels.flatten().ne(255).nonzero().flatten();
    const torch::Tensor y = flat(labels).to(torch::kLong), log_p = rows.index_select(0, kept).log_softmax(1);
    p = log_p.exp();
    g = torch::zeros_like(p).scatter(1, y.unsqueeze(1), 1);
    log_p_y = log_p.gather(1, y.unsqueeze(1)).squeeze(1);
    contour = flat(contour_map(labels, classes, config.contour)).to(torch::kDouble);
    distance_weight = flat(dwce_weight(labels, classes, config.dwce)).to(torch::kDouble);
  }
};

torch::Tensor plain_dice(const Voxels& v, const torch::Tensor& region) {  // Eq 2 over {v: region = 1}
  torch::Tensor total = torch::zeros({}, torch::kDouble);
  for (std::int64_t j = 1; j < v.p.size(1); ++j) {
    const torch::Tensor p = v.p.select(1, j) * region, g = v.g.select(1, j) * region;
    total = total + 2 * (p * g).sum() / (p.square().sum() + g.square().sum() + 1e-5);
  }
  return 1 - total / static_cast<double>(v.p.size(1) - 1);
}

torch::Tensor plain_gdl(const Voxels& v) {
  torch::Tensor above = torch::zeros({}, torch::kDouble), below = above;
  double largest = 0;
  for (std::int64_t j = 0; j < v.p.size(1); ++j)
    if (const double n = v.g.select(1, j).sum().item<double>(); n > 0) largest = std::max(largest, 1 / (n * n));
  for (std::int64_t j = 0; j < v.p.size(1); ++j) {
    const torch::Tensor p = v.p.select(1, j), g = v.g.select(1, j);
    const double n = g.sum().item<double>(), w = n > 0 ? 1 / (n * n) : largest;
    above = above + w * (p * g).sum(), below = below + w * (p + g).sum();
  }
  return 1 - 2 * above / below;
}

torch::Tensor plain_loss(const torch::Tensor& logits, const torch::Tensor& labels, const LossConfig& config) {
  const Voxels v(logits, labels, config);
  const torch::Tensor all = torch::ones_like(v.contour);
  const auto ce = [&](const torch::Tensor& w) { return -(w * v.log_p_y).mean(); };                       // Eq 9, 10
  const auto sdl = [&] { return 0.5 * plain_dice(v, v.contour) + 0.5 * plain_dice(v, 1 - v.contour); };  // Eq 6
  if (config.name == "CE") return ce(all);
  if (config.name == "CWCE") return ce(1 + v.contour);
  if (config.name == "DWCE") return ce(v.distance_weight);
  if (config.name == "DL") return plain_dice(v, all);
  if (config.name == "SDL") return sdl();
  if (config.name == "CEDL") return ce(all) + plain_dice(v, all);
  if (config.name == "CWCD") return ce(1 + v.contour) + sdl();  // Eq 11
  return plain_gdl(v);
}

}  // namespace

TEST_CASE("Every loss and its gradient equal the equation written plainly in float64", "[loss]") {
  const Sample s;
  LossConfig config;
  config.contour.iterations = 2;
  config.contour.mode = GENERATE("uniform", "adaptive");
  for (const char* name : {"GDL", "DWCE", "CEDL", "CWCD", "CE", "CWCE", "DL", "SDL"}) {
    config.name = name;
    INFO(name << ", " << config.contour.mode);
    const torch::Tensor x = s.logits.clone().requires_grad_(), exact = s.logits.to(torch::kDouble).requires_grad_();
    const torch::Tensor found = loss(x, s.labels, config), expected = plain_loss(exact, s.labels, config);
    found.backward(), expected.backward();
    CHECK(found.item<double>() == Approx(expected.item<double>()).epsilon(1e-6));
    const double largest = exact.grad().abs().max().item<double>();
    CHECK((x.grad() - exact.grad()).abs().max().item<double>() < 3e-6 * largest);

    const torch::Tensor slope = exact.grad().flatten();
    for (std::int64_t i = 0; i < slope.numel(); i += 2111) {
      const auto at = [&](double h) {
        const torch::Tensor moved = s.logits.to(torch::kDouble).clone();
        moved.view(-1)[i] += h;
        return plain_loss(moved, s.labels, config).item<double>();
      };
      CHECK(slope[i].item<double>() == Approx((at(1e-4) - at(-1e-4)) / 2e-4).margin(1e-6 * largest).epsilon(1e-5));
    }
  }
}

TEST_CASE("Every loss on a GPU equals the processor's", "[loss][cuda]") {
  SEG_GPU();
  const Sample s;
  LossConfig config;
  config.contour.iterations = 2;
  for (const char* name : {"GDL", "DWCE", "CEDL", "CWCD", "CE", "CWCE", "DL", "SDL"}) {
    config.name = name;
    INFO(name);
    const torch::Tensor x = s.logits.clone().requires_grad_(), y = s.logits.cuda().requires_grad_();
    const torch::Tensor here = loss(x, s.labels, config), there = loss(y, s.labels.cuda(), config);
    here.backward(), there.backward();
    CHECK(there.item<double>() == Approx(here.item<double>()).epsilon(1e-6));
    CHECK(torch::allclose(y.grad().cpu(), x.grad(), 1e-4, 1e-6 * x.grad().abs().max().item<double>()));
  }
}
