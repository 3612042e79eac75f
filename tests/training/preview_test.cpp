// What segprep preview draws is what training sees.
#include "training/preview.h"

#include "contour/contour.h"
#include "data/phantom.h"
#include "loader/loader.h"
#include "support/catch.h"

#include <torch/torch.h>

namespace seg {

TEST_CASE(
    "a preview shows the loader's patches, their labels and the contour that the loss weights",
    "[training]") {
  const test::TemporaryFolder folder;
  write_amos_phantom({.cases = 2, .seed = 4, .size = {32, 48, 48}}, folder.path / "data");
  const std::string name = GENERATE("CWCD", "CWCD_release");
  const std::string mode = GENERATE("uniform", "adaptive");
  const Config config =
      config_from({"data.root=" + (folder.path / "data").string(),
                   "prep.cache=" + (folder.path / "cache").string(), "prep.spacing=[4,4,4]",
                   "data.split={train: 2}", "data.sampling=random", "training.patch=[16,32,48]",
                   "training.steps_per_epoch=2", "loss.contour.iterations=2",
                   "loss.contour.mode=" + mode, "loss.name=" + name});
  Experiment experiment(config);
  experiment.build_cache();
  const Picture picture = preview(config, experiment, 2);
  constexpr std::int64_t k = 3, gap = 4, h = 32,
                         w = 48;  // small patches are drawn k times as large
  REQUIRE(picture.sizes().vec() ==
          std::vector<std::int64_t>{2 * k * h + gap, 3 * k * w + 2 * gap, 3});

  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part(SplitPart::train), false);
  loader.start(0, 0);
  for (std::int64_t row = 0; row < 2; ++row) {
    const Batch batch = *loader.next();
    const torch::Tensor contour =
        (name == "CWCD" ? contour_map(batch.label, experiment.classes(), config.loss.contour)
                        : release_contour_map(batch.label, experiment.classes()))[0];
    const std::int64_t z = slice_of_most_classes(batch.label[0]);
    const auto cell = [&](std::int64_t column) {
      return picture.narrow(0, row * (k * h + gap), k * h).narrow(1, column * (k * w + gap), k * w);
    };
    const torch::Tensor patch = cell(0).to(torch::kInt32);
    CHECK(patch.select(2, 0).equal(patch.select(2, 1)));  // grey
    const torch::Tensor label = enlarged(axial(batch.label[0], z), k),
                        weighted = enlarged(axial(contour, z).ne(0), k);
    CHECK(label.max().item<int>() > 0);
    CHECK(cell(2).ne(cell(0)).any(-1).logical_and(weighted.logical_not()).sum().item<int>() == 0);
    CHECK(cell(2).ne(cell(0)).any(-1).sum().item<int>() >=
          weighted.sum().item<int>() * 9 / 10);  // a colour may be the grey beneath it
    CHECK(cell(1).ne(cell(0)).any(-1).logical_and(label.eq(0)).sum().item<int>() == 0);
  }
}

}  // namespace seg
