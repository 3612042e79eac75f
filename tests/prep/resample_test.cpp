#include "prep/resample.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "prep/preprocess.h"
#include "prep/resample_between.h"
#include "support/catch.h"
#include "support/word.h"

#include <torch/utils.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

using namespace seg;
namespace fs = std::filesystem;

namespace {

// An oblique grid of uneven spacing.
Geometry oblique(const Xyz<std::int64_t>& size, const Xyz<double>& spacing) {
  const double c = std::cos(0.3), s = std::sin(0.3);
  return {size, spacing, {-12.5, 30, 7}, {c, -s, 0, s, c, 0, 0, 0, 1}};
}

torch::Tensor random_image(const Geometry& g) {
  torch::manual_seed(3);
  return torch::randn({2, g.size[2], g.size[1], g.size[0]});
}

// Three blobs of labels 1, 2, 3 in the volume.
torch::Tensor blobs(const Geometry& g) {
  torch::Tensor label = torch::zeros({g.size[2], g.size[1], g.size[0]}, torch::kUInt8);
  auto at = label.accessor<std::uint8_t, 3>();
  for (std::int64_t z = 0; z < g.size[2]; ++z)
    for (std::int64_t y = 0; y < g.size[1]; ++y)
      for (std::int64_t x = 0; x < g.size[0]; ++x)
        for (int k = 0; k < 3; ++k) {
          const double dx = (static_cast<double>(x) / static_cast<double>(g.size[0]) - 0.3 -
                             0.2 * k) *
                            6,
                       dy = (static_cast<double>(y) / static_cast<double>(g.size[1]) - 0.4) * 3,
                       dz = (static_cast<double>(z) / static_cast<double>(g.size[2]) - 0.5) * 3;
          if (dx * dx + dy * dy + dz * dz < 1) at[z][y][x] = static_cast<std::uint8_t>(k + 1);
        }
  return label;
}

double dice(const torch::Tensor& a, const torch::Tensor& b, int label) {
  const torch::Tensor x = a == label, y = b == label;
  return 2 * (x & y).sum().item<double>() / (x.sum() + y.sum()).item<double>();
}

// Eq. of linear interpolation, voxel by voxel, eight corners each.
torch::Tensor plain_linear(const torch::Tensor& image, const Geometry& from, const Geometry& grid) {
  torch::Tensor out =
      torch::zeros({image.size(0), grid.size[2], grid.size[1], grid.size[0]}, torch::kFloat64);
  const auto in = image.accessor<float, 4>();
  auto to = out.accessor<double, 4>();
  for (std::int64_t i = 0; i < out[0].numel(); ++i) {
    const std::array<std::int64_t, 3> v = {i % grid.size[0], i / grid.size[0] % grid.size[1],
                                           i / grid.size[0] / grid.size[1]};
    std::array<std::int64_t, 3> low, high;
    std::array<double, 3> share;
    for (int a = 0; a < 3; ++a) {
      double p = 0;
      for (int r = 0; r < 3; ++r)
        p += (grid.origin[r] - from.origin[r]) * from.direction[r * 3 + a];
      p = std::clamp((p + static_cast<double>(v[a]) * grid.spacing[a]) / from.spacing[a], 0.0,
                     static_cast<double>(from.size[a] - 1));
      low[a] = static_cast<std::int64_t>(p);
      high[a] = std::min(low[a] + 1, from.size[a] - 1);
      share[a] = p - static_cast<double>(low[a]);
    }
    for (std::int64_t c = 0; c < image.size(0); ++c)
      for (int corner = 0; corner < 8; ++corner) {
        double weight = 1;
        std::array<std::int64_t, 3> at;
        for (int a = 0; a < 3; ++a) {
          const bool up = corner >> a & 1;
          weight *= up ? share[a] : 1 - share[a];
          at[a] = up ? high[a] : low[a];
        }
        to[c][v[2]][v[1]][v[0]] += weight * in[c][at[2]][at[1]][at[0]];
      }
  }
  return out;
}

void check_geometry(const Geometry& g, const nlohmann::json& expected, double tolerance) {
  for (int a = 0; a < 3; ++a) {
    CHECK(g.size[a] == expected["out_size"][a].get<std::int64_t>());
    CHECK(g.spacing[a] == Approx(expected["out_spacing"][a].get<double>()));
    CHECK(std::abs(g.origin[a] - expected["out_origin_lps"][a].get<double>()) < tolerance);
  }
  for (int k = 0; k < 9; ++k)
    CHECK(std::abs(g.direction[k] - expected["direction_lps"][k].get<double>()) < 1e-6);
}

}  // namespace

TEST_CASE("resampling agrees with the reference volumes", "[prep][oracle]") {
  SEG_ORACLE(oracle);
  std::ifstream file(oracle / "resample" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  for (const auto& c : index["cases"]) {
    INFO(c["name"].get<std::string>());
    const auto path = [&](const std::string& name) { return oracle / "resample" / name; };
    Volume image = read_image(path(c["image"])), label = read_label(path(c["label"]));
    image = reorient(image, canonical_orientation(image.geometry));
    label.voxels = label.voxels.to(torch::kUInt8);
    label = reorient(label, canonical_orientation(label.geometry));
    const Geometry grid = resampled_grid(image.geometry, {1, 1, 1});
    check_geometry(grid, c, index["tolerance"]["geometry_mm"]);
    for (const auto& [ours, theirs] :
         {std::pair{"linear", "linear"}, std::pair{"bspline", "bspline3"}}) {
      const torch::Tensor got =
          resample_image(image.voxels, image.geometry, grid, test::word(ours));
      const torch::Tensor want = read_image(path(c["results"][theirs])).voxels;
      CHECK((got - want).abs().max().item<double>() <
            index["tolerance"][theirs]["atol"].get<double>());
    }
    const torch::Tensor got =
        resample_label(label.voxels, label.geometry, grid, LabelInterpolation::nearest);
    CHECK(got.to(torch::kInt32).equal(read_label(path(c["results"]["nearest"])).voxels));
  }
}

TEST_CASE("linear resampling is the sum over eight corners, on any number of threads", "[prep]") {
  const Geometry from = oblique({17, 13, 9}, {0.7, 0.9, 3.1}),
                 grid = resampled_grid(from, {1, 0.6, 1});
  const torch::Tensor image = random_image(from),
                      got = resample_image(image, from, grid, Interpolation::linear, 1);
  CHECK((got - plain_linear(image, from, grid)).abs().max().item<double>() < 1e-5);
  for (const auto kind : {Interpolation::linear, Interpolation::bspline})
    CHECK(resample_image(image, from, grid, kind, 1)
              .equal(resample_image(image, from, grid, kind, 3)));
}

TEST_CASE("a B-spline passes through the voxels, and a constant stays one", "[prep]") {
  const Geometry from = oblique({12, 7, 5}, {1, 1, 2});
  Geometry half = from;  // every second voxel of this grid is one of `from`
  for (int a = 0; a < 3; ++a) {
    half.size[a] = 2 * from.size[a] - 1;
    half.spacing[a] = from.spacing[a] / 2;
  }
  const torch::Tensor image = random_image(from),
                      fine = resample_image(image, from, half, Interpolation::bspline);
  using torch::indexing::Slice;
  CHECK((fine.index({Slice(), Slice(0, {}, 2), Slice(0, {}, 2), Slice(0, {}, 2)}) - image)
            .abs()
            .max()
            .item<double>() < 1e-4);
  const torch::Tensor flat =
      resample_image(torch::full_like(image, 7.5), from, half, Interpolation::bspline);
  CHECK((flat - 7.5).abs().max().item<double>() < 1e-4);
}

TEST_CASE("labels to 1 mm and back: nearly the same, by either interpolation", "[prep]") {
  const Geometry from = oblique({40, 44, 20}, {0.8, 0.8, 2.5}),
                 grid = resampled_grid(from, {1, 1, 1});
  const torch::Tensor label = blobs(from);
  for (const auto kind : {LabelInterpolation::nearest, LabelInterpolation::linear_onehot}) {
    const torch::Tensor there = resample_label(label, from, grid, kind),
                        back = resample_label(there, grid, from, kind);
    for (int k = 1; k <= 3; ++k) CHECK(dice(back, label, k) > 0.95);
  }
}

TEST_CASE("linear_onehot is the largest of the interpolated one-hots", "[prep]") {
  const Geometry from = oblique({15, 11, 7}, {0.8, 1.3, 2.2}),
                 grid = resampled_grid(from, {1, 1, 1});
  const torch::Tensor label = blobs(from);
  std::vector<torch::Tensor> shares;
  for (int k = 0; k < 4; ++k)
    shares.push_back(plain_linear((label == k).to(torch::kFloat32).unsqueeze(0), from, grid)[0]);
  const torch::Tensor share = torch::stack(shares),
                      got = resample_label(label, from, grid, LabelInterpolation::linear_onehot)
                                .to(torch::kInt64);
  const torch::Tensor chosen = share.gather(0, got.unsqueeze(0))[0];
  CHECK((std::get<0>(share.max(0)) - chosen).max().item<double>() < 2e-6);
}

TEST_CASE("between grids of one direction the general way is the separable one", "[prep]") {
  const Geometry from = oblique({14, 12, 10}, {0.9, 1.1, 1.7}),
                 grid = resampled_grid(from, {1, 1, 1});
  const torch::Tensor image = random_image(from).narrow(0, 0, 1), label = blobs(from);
  for (const auto kind : {Interpolation::linear, Interpolation::bspline})
    CHECK(
        (resample_image_between(image, from, grid, kind) - resample_image(image, from, grid, kind))
            .abs()
            .max()
            .item<double>() < 1e-4);
  CHECK(resample_label_between(label, from, grid, LabelInterpolation::nearest)
            .equal(resample_label(label, from, grid, LabelInterpolation::nearest)));
}

TEST_CASE("prep.resample_to brings a channel and a label of another grid to the first channel's",
          "[prep]") {
  const test::TemporaryFolder temporary;
  const fs::path& folder = temporary.path;
  const Geometry first = oblique({24, 22, 12}, {1, 1, 2}),
                 second = oblique({48, 44, 24}, {0.5, 0.5, 1});
  const torch::Tensor image = random_image(first)[0];
  write_image(folder / "a.nii.gz", image, first);
  write_image(folder / "b.nii.gz", random_image(second)[0], second);
  write_label(folder / "label.nii.gz", blobs(second), second);
  const Case c{"case", {folder / "a.nii.gz", folder / "b.nii.gz"}, folder / "label.nii.gz"};
  const std::map<int, std::uint8_t> labels = {{0, 0}, {1, 1}, {2, 2}, {3, 3}};
  PrepConfig config;
  CHECK_THROWS_WITH(preprocess(c, config, labels), Catch::Contains("another grid"));
  config.resample_to = ResampleTo::first;
  const PreparedCase prepared = preprocess(c, config, labels);
  CHECK(prepared.image.size(0) == 2);
  CHECK(prepared.label.sizes() == prepared.image[0].sizes());
  CHECK(((prepared.label > 0) & (prepared.label < 255)).sum().item<double>() > 100);
}
