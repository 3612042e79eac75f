// The interpolated scores that LabelsOnGrid::on_scores hears.
#include "image/nifti.h"
#include "image/orientation.h"
#include "inference/grids.h"
#include "inference/labels_on_grid.h"
#include "support/catch.h"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace seg;
using namespace seg::test;

namespace {

struct Heard {
  torch::Tensor scores, labels;  // [D, H, W, M] and [D, H, W]
};

Heard hear(const Grids& grids, const torch::Tensor& scores, bool plain, std::int64_t slices = 5,
           std::int64_t rows = 4) {
  const Dhw<std::int64_t> n = grids.to.size_dhw();
  Heard heard{torch::full({n[0], n[1], n[2], scores.size(3)}, std::nan("")), {}};
  LabelsOnGrid grid(grids.from, grids.to, 2);
  grid.plain = plain;
  grid.on_scores = [&](std::int64_t z, std::int64_t y, const torch::Tensor& piece) {
    CHECK(piece.scalar_type() == torch::kFloat32);
    const auto to = heard.scores.narrow(0, z, piece.size(0)).narrow(1, y, piece.size(1));
    CHECK(to.isnan().all().item<bool>());  // each once
    to.copy_(piece);
  };
  for (std::int64_t z = 0; z < scores.size(0); z += slices)
    for (std::int64_t y = 0; y < scores.size(1); y += rows)
      grid.take(z, y,
                scores.narrow(0, z, std::min(slices, scores.size(0) - z))
                    .narrow(1, y, std::min(rows, scores.size(1) - y)));
  heard.labels = grid.labels();
  return heard;
}

}  // namespace

TEST_CASE("the scores heard are those of every class interpolated, each voxel's once",
          "[inference]") {
  for (const Grids& grids : pairs_of_grids())
    for (const std::int64_t classes : {1, 5, 16, 21})
      for (const bool plain : {false, true}) {
        INFO(grids.name << ", " << classes << " classes, plain " << plain);
        const auto scores = smooth_scores(grids.from, classes);
        const Heard heard = hear(grids, scores, plain);
        const torch::Tensor expected = naive(scores, grids.from, grids.to);
        CHECK((heard.scores - expected).abs().max().item<double>() < 2e-6);
        // The labels are theirs, but for a last digit.
        const auto clear = clear_of(expected);
        const auto want = heard.scores.argmax(3);
        CHECK(heard.labels.eq(want).logical_or(clear.logical_not()).all().item<bool>());
      }
}

TEST_CASE("the scores heard come in pieces of a bounded size", "[inference]") {
  // 600 x 3000 target voxels of 40 classes are 288 MB.
  const Grids grids{"wide", grid_of({20, 20, 2}, {1, 1, 1}, {0, 0, 0}),
                    grid_of({600, 3000, 1}, {0.033, 0.0066, 1}, {0, 0, 0.5})};
  const auto scores = smooth_scores(grids.from, 40);
  std::int64_t largest = 0, all = 0;
  LabelsOnGrid grid(grids.from, grids.to, 0);
  grid.on_scores = [&](std::int64_t, std::int64_t, const torch::Tensor& piece) {
    largest = std::max(largest, piece.numel());
    all += piece.numel();
  };
  grid.take(0, 0, scores);
  CHECK(all == 600 * 3000 * 40);
  CHECK(largest * 4 <= 64 << 20);
}

TEST_CASE("the scores heard of an image are the reference's linear resampling",
          "[inference][oracle]") {
  SEG_ORACLE(oracle);
  std::ifstream file(oracle / "resample" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  const double tolerance = index["tolerance"]["linear"]["atol"];
  for (const auto& c : index["cases"])
    for (const bool plain : {false, true}) {
      INFO(c["name"].get<std::string>() << ", plain " << plain);
      const auto path = [&](const std::string& name) { return oracle / "resample" / name; };
      Volume image = read_image(path(c["image"]));
      image = reorient(image, canonical_orientation(image.geometry));
      Volume want = read_image(path(c["results"]["linear"]));
      want = reorient(want, canonical_orientation(want.geometry));
      const auto scores = torch::stack({image.voxels[0], -image.voxels[0]}, 3).contiguous();
      const Heard heard = hear({"", image.geometry, want.geometry}, scores, plain);
      CHECK((heard.scores.select(3, 0) - want.voxels[0]).abs().max().item<double>() < tolerance);
      CHECK(heard.labels.eq(want.voxels[0].lt(0))
                .logical_or(want.voxels[0].abs().lt(2 * tolerance))
                .all()
                .item<bool>());
    }
}
