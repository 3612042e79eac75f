// segbench back: from averaged scores on the prepared grid (1 mm) to labels on a file's grid, and a
// window's share of the averaging, beside a plain read of the scores.
#include "bench.h"
#include "core/error.h"
#include "inference/blend.h"
#include "inference/labels_on_grid.h"
#include "prep/resample.h"

#include <torch/torch.h>

namespace seg::bench {
namespace {

struct Choice {
  std::vector<std::int64_t> size = {128, 256, 256}, window = {64, 128, 128};
  std::vector<double> spacing = {5, 0.7, 0.7};
  std::int64_t classes = 16, slab = 32, side = 24;
  std::string type = "float32";
  bool plain = false, scores = false;

  torch::ScalarType scalar() const {
    if (type != "float32" && type != "float16")
      fail_config("--type {}: write float32 or float16", type);
    return type == "float16" ? torch::kFloat16 : torch::kFloat32;
  }
};

// [D, H, W, M]: noise of `side` voxels, smoothly enlarged, so that the labels are blobs.
torch::Tensor blobs(const Choice& c, const Options& options) {
  torch::manual_seed(0);
  std::vector<std::int64_t> small = {1, c.classes};
  for (const std::int64_t n : c.size) small.push_back(n / c.side + 2);
  const auto noise = torch::randn(small, torch::Device(options.device));
  const auto scores =
      torch::empty({c.size[0], c.size[1], c.size[2], c.classes}, noise.options().dtype(c.scalar()));
  for (std::int64_t m = 0; m < c.classes; ++m)
    scores.select(3, m).copy_(torch::upsample_trilinear3d(
        noise.narrow(1, m, 1), {c.size[0], c.size[1], c.size[2]}, false)[0][0]);
  return scores;
}

void labels(const Choice& c, const Options& options, const torch::Tensor& scores,
            nlohmann::json what) {
  Geometry from;
  from.size = to_xyz(dhw_of(c.size));
  const Geometry to = resampled_grid(from, dhw_of(c.spacing));
  std::int64_t heard = 0;
  const auto work = [&] {
    LabelsOnGrid grid(from, to, options.threads);
    grid.plain = c.plain;
    if (c.scores)
      grid.on_scores = [&](std::int64_t, std::int64_t, const torch::Tensor& s) {
        heard += s.numel();
      };
    for (std::int64_t z = 0; z < c.size[0]; z += c.slab)
      grid.take(z, 0, scores.narrow(0, z, std::min(c.slab, c.size[0] - z)));
    grid.labels();
  };
  const double before = resident_mib();
  what["target"] = to.size_dhw();
  what["rss_before_mib"] = before;
  measure("back.labels", options, work, what);
}

void blend(const Choice& c, const Options& options, nlohmann::json what) {
  const auto& w = c.window;
  const auto state =
      torch::zeros({w[0], w[1], w[2], c.classes},
                   torch::TensorOptions(torch::Device(options.device)).dtype(c.scalar()));
  const auto weight = torch::rand({w[0], w[1], w[2]}, torch::Device(options.device)) + 0.1;
  const auto logits = torch::randn({w[0], w[1], w[2], c.classes}, torch::Device(options.device));
  what["window"] = w;
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    const auto packed = logits.to(type),
               apart = packed.permute({3, 0, 1, 2}).contiguous().permute({1, 2, 3, 0});
    what["logits"] = toString(type);
    measure(
        "back.add", options, [&] { add_weighted(state, packed, weight); }, what);
    measure(
        "back.add_class_by_class", options, [&] { add_weighted(state, apart, weight); }, what);
  }
  measure(
      "back.divide", options, [&] { divide_by(state, weight); }, what);
}

void run(const Choice& c, const Options& options) {
  const nlohmann::json what = {
      {"size", c.size}, {"classes", c.classes}, {"type", c.type},          {"spacing", c.spacing},
      {"slab", c.slab}, {"plain", c.plain},     {"scores_heard", c.scores}};
  blend(c, options, what);
  const torch::Tensor scores = blobs(c, options);
  measure(
      "back.read", options, [&] { scores.view({-1}).view(torch::kInt32).max(); }, what);
  labels(c, options, scores, what);
}

}  // namespace

void add_back(CLI::App& app, Options& options) {
  auto* command = app.add_subcommand("back", "From averaged scores to labels on the file's grid");
  auto c = std::make_shared<Choice>();
  command->add_option("--size", c->size, "Prepared grid D H W, of 1 mm")
      ->expected(3)
      ->capture_default_str();
  command->add_option("--spacing", c->spacing, "Of the file, D H W in mm")
      ->expected(3)
      ->capture_default_str();
  command->add_option("--classes", c->classes)->capture_default_str();
  command->add_option("--type", c->type, "float32 or float16")->capture_default_str();
  command->add_option("--slab", c->slab, "Slices handed over at a time")->capture_default_str();
  command->add_option("--side", c->side, "Voxels of a blob")->capture_default_str();
  command->add_option("--window", c->window, "Of a blended window, D H W")
      ->expected(3)
      ->capture_default_str();
  command->add_flag("--plain", c->plain, "By Torch operations");
  command->add_flag("--scores", c->scores, "The interpolated scores are asked for, too");
  command->callback([c, &options] { run(*c, options); });
}

}  // namespace seg::bench
