// Scores on the prepared grid -> labels on another grid, against a plain loop in double.
#include "inference/labels_on_grid.h"

#include "inference/grids.h"
#include "prep/resample.h"
#include "support/catch.h"
#include "support/device.h"
#include "support/errors.h"

#include <torch/torch.h>

#include <limits>

using namespace seg;
using namespace seg::test;

namespace {

// Bands of rows, slabs of slices; 0: all at once.
struct Cut {
  std::int64_t slices = 0, rows = 0;
};

// Each block is spoiled after the call: nothing of it may be read later.
void give(LabelsOnGrid& grid, const torch::Tensor& scores, const Cut& cut) {
  const std::int64_t n = cut.slices > 0 ? cut.slices : scores.size(0),
                     rows = cut.rows > 0 ? cut.rows : scores.size(1);
  for (std::int64_t z = 0; z < scores.size(0); z += n)
    for (std::int64_t y = 0; y < scores.size(1); y += rows) {
      const torch::Tensor block = scores.narrow(0, z, std::min(n, scores.size(0) - z))
                                      .narrow(1, y, std::min(rows, scores.size(1) - y))
                                      .clone();
      grid.take(z, y, block);
      block.fill_(std::numeric_limits<double>::quiet_NaN());
    }
}

struct How {
  Cut cut;
  int threads = 1;
  bool plain = false;
};

torch::Tensor labels_on(const Grids& grids, const torch::Tensor& scores, const How& how = {}) {
  LabelsOnGrid grid(grids.from, grids.to, how.threads);
  grid.plain = how.plain;
  give(grid, scores, how.cut);
  return grid.labels();
}

void check_labels(const torch::Tensor& labels, const torch::Tensor& expected) {
  CHECK(labels.scalar_type() == torch::kUInt8);
  CHECK(labels.is_cpu());
  REQUIRE(labels.sizes() == expected.sizes().slice(0, 3));
  const auto clear = clear_of(expected);
  CHECK(labels.eq(expected.argmax(3)).logical_or(clear.logical_not()).all().item<bool>());
  CHECK(clear.to(torch::kDouble).mean().item<double>() >= 0.999);
}

}  // namespace

TEST_CASE("labels on another grid are those of all scores interpolated there", "[inference]") {
  for (const Grids& grids : pairs_of_grids())
    for (const std::int64_t classes : {1, 2, 16, 21}) {
      const auto halves = smooth_scores(grids.from, classes).to(torch::kFloat16);
      const torch::Tensor expected = naive(halves, grids.from, grids.to);
      for (const auto type : {torch::kFloat32, torch::kFloat16})
        for (const bool plain : {false, true}) {
          INFO(grids.name << ", " << classes << " classes, " << toString(type) << ", plain "
                          << plain);
          check_labels(labels_on(grids, halves.to(type), {{}, 1, plain}), expected);
        }
    }
}

TEST_CASE("labels on another grid do not depend on how the scores are cut, nor on the threads",
          "[inference]") {
  for (const Grids& grids : pairs_of_grids())
    for (const bool plain : {false, true}) {
      const auto scores = smooth_scores(grids.from, 5);
      const auto whole = labels_on(grids, scores, {{}, 1, plain});
      for (const Cut& cut :
           std::vector<Cut>{{1, 1}, {1, 0}, {0, 1}, {2, 3}, {5, 2}, {3, 0}, {0, 4}, {7, 5}}) {
        INFO(grids.name << ", " << cut.slices << " slices, " << cut.rows << " rows, plain "
                        << plain);
        CHECK(torch::equal(labels_on(grids, scores, {cut, 3, plain}), whole));
      }
    }
}

TEST_CASE("scores that are a part of a larger block are taken as they lie", "[inference]") {
  const Grids grids = pairs_of_grids().at(3);
  const auto scores = smooth_scores(grids.from, 6);
  const auto whole = labels_on(grids, scores);
  const auto wide = torch::constant_pad_nd(scores, {0, 0, 2, 3, 1, 2}, 1e6);
  const auto deep = torch::constant_pad_nd(scores, {1, 2}, 1e6);
  for (const auto& part :
       {wide.narrow(2, 2, scores.size(2)).narrow(1, 1, scores.size(1)), deep.narrow(3, 1, 6)}) {
    LabelsOnGrid grid(grids.from, grids.to, 1);
    grid.take(0, 0, part.narrow(0, 0, 5));
    grid.take(5, 0, part.narrow(0, 5, part.size(0) - 5));
    CHECK(torch::equal(grid.labels(), whole));
  }
}

TEST_CASE("a mirrored image has mirrored labels", "[inference]") {
  for (const Grids& grids : pairs_of_grids())
    for (int a = 0; a < 3; ++a) {
      INFO(grids.name << ", axis "
                      << "xyz"[a]);
      Grids mirrored = grids;
      const auto end = [&](const Geometry& g) {
        return g.origin[a] + static_cast<double>(g.size[a] - 1) * g.spacing[a];
      };
      mirrored.from.origin[a] = -end(grids.from);
      mirrored.to.origin[a] = -end(grids.to);
      const auto scores = smooth_scores(grids.from, 4);
      const auto clear = clear_of(naive(scores, grids.from, grids.to));
      const auto there = labels_on(mirrored, scores.flip(2 - a)).flip(2 - a),
                 here = labels_on(grids, scores);
      CHECK(there.eq(here).logical_or(clear.logical_not()).all().item<bool>());
    }
}

TEST_CASE("the lowest class among equals is taken", "[inference]") {
  const Grids grids = pairs_of_grids().at(3);
  const Dhw<std::int64_t> n = grids.from.size_dhw();
  for (const std::int64_t classes : {3, 20, 40})
    for (const bool plain : {false, true}) {
      const auto equal = torch::full({n[0], n[1], n[2], classes}, 0.25);
      CHECK(labels_on(grids, equal, {{}, 1, plain}).eq(0).all().item<bool>());
      const auto low = equal.clone();
      low.narrow(3, 0, 2).fill_(-1);
      CHECK(labels_on(grids, low, {{}, 1, plain}).eq(2).all().item<bool>());
    }
}

// Labels first, scores later: what is lost lies between voxels of different labels.
TEST_CASE("resampled labels differ from those of the scores only where neighbours differ",
          "[inference]") {
  const Grids grids = pairs_of_grids().at(3);
  const auto scores = smooth_scores(grids.from, 6);
  const auto before = scores.argmax(3).to(torch::kUInt8);
  const auto first =
      resample_label(before, grids.from, grids.to, LabelInterpolation::linear_onehot);
  const auto labels = labels_on(grids, scores);
  const auto onehot = naive(torch::one_hot(before.to(torch::kLong), 6), grids.from, grids.to);
  const auto agree = onehot.amax(3).gt(1 - 1e-6);
  CHECK(labels.eq(first).logical_or(agree.logical_not()).all().item<bool>());
  const auto want = naive(scores, grids.from, grids.to).argmax(3);
  CHECK(labels.ne(want).sum().item<std::int64_t>() <= 2);
  CHECK(first.ne(want).sum().item<std::int64_t>() > 20);  // else this test shows nothing
}

TEST_CASE("scores that are no finite numbers are refused, where they are needed", "[inference]") {
  const Grids grids = pairs_of_grids().at(2);  // of 12 slices few are asked for
  for (const bool plain : {false, true})
    for (const std::int64_t classes : {3, 40})
      for (const auto type : {torch::kFloat32, torch::kFloat16})
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
              -std::numeric_limits<double>::infinity()}) {
          INFO(bad << ", " << classes << " classes, " << toString(type) << ", plain " << plain);
          const auto scores = smooth_scores(grids.from, classes).to(type);
          const auto spoiled = [&](std::int64_t slice) {
            const auto some = scores.clone();
            some[slice][4][4][classes - 1] = bad;
            return error_of([&] { labels_on(grids, some, {{}, 1, plain}); }, ErrorKind::data);
          };
          CHECK(spoiled(1) ==
                "the network's scores for this image are infinite or not a number, so no class is "
                "the largest; look at its values, use another checkpoint, or training.precision: "
                "float32");
          CHECK(spoiled(3) == "no error");
        }
}

TEST_CASE("scores out of order, missing or of another shape are refused", "[inference]") {
  const Grids grids = pairs_of_grids().at(0);
  const auto scores = smooth_scores(grids.from, 3);  // 12 slices of 9 rows of 11 voxels
  const auto refusal = [&](const std::function<void(LabelsOnGrid&)>& work) {
    LabelsOnGrid grid(grids.from, grids.to, 1);
    return error_of([&] { work(grid); }, ErrorKind::failure);
  };
  const auto next = [](const char* there, const char* expected) {
    return fmt::format(
        "scores of {} cannot be taken: float32 or float16 of {}, of 11 columns and at most 256 "
        "classes, as before, are expected next",
        there, expected);
  };
  const auto part = [&](std::int64_t z, std::int64_t n, std::int64_t y, std::int64_t rows) {
    return scores.narrow(0, z, n).narrow(1, y, rows);
  };
  CHECK(refusal([&](LabelsOnGrid& g) { g.take(1, 0, part(1, 2, 0, 9)); }) ==
        next("slice 1, row 0", "slice 0, row 0"));
  CHECK(refusal([&](LabelsOnGrid& g) {
          g.take(0, 0, part(0, 2, 0, 4));
          g.take(0, 5, part(0, 2, 5, 4));
        }) == next("slice 0, row 5", "slice 0, row 4"));
  CHECK(refusal([&](LabelsOnGrid& g) {  // a band of fewer slices
          g.take(0, 0, part(0, 2, 0, 4));
          g.take(0, 4, part(0, 1, 4, 5));
        }) == next("slice 0, row 4", "slice 0, row 4"));
  for (const auto& wrong : {scores.narrow(3, 0, 2), scores.to(torch::kFloat16)})
    CHECK(refusal([&](LabelsOnGrid& g) {  // other classes or another type than before
            g.take(0, 0, part(0, 2, 0, 4));
            g.take(0, 4, wrong.narrow(0, 0, 2).narrow(1, 4, 5));
          }) == next("slice 0, row 4", "slice 0, row 4"));
  for (const auto& wrong : {scores.narrow(2, 0, 10), scores.to(torch::kDouble), scores[0],
                            scores.transpose(2, 3).contiguous().transpose(2, 3),
                            torch::zeros({12, 9, 11, 257}), torch::zeros({13, 9, 11, 3})})
    CHECK(refusal([&](LabelsOnGrid& g) { g.take(0, 0, wrong); }) ==
          next("slice 0, row 0", "slice 0, row 0"));
  CHECK(refusal([&](LabelsOnGrid& g) {
          g.take(0, 0, part(0, 12, 0, 4));
          g.labels();
        }) == "labels were asked for before the scores of slice 0, row 4, of 12 slices were taken");
}

TEST_CASE("a device finds the labels of all scores interpolated", "[inference][cuda]") {
  SEG_DEVICE(device);
  for (const Grids& grids : pairs_of_grids())
    for (const Cut& cut : std::vector<Cut>{{0, 0}, {2, 3}}) {
      INFO(grids.name << ", " << cut.slices << " slices, " << cut.rows << " rows");
      const auto scores = smooth_scores(grids.from, 5);
      check_labels(labels_on(grids, scores.to(device), {cut}), naive(scores, grids.from, grids.to));
    }
}
