// What evaluation shows the network, what it tells of the crop, and where its tables go.
#include "evaluation/evaluate_run.h"

#include "core/files.h"
#include "data/phantom.h"
#include "evaluation/crop_loss.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "prep/class_indices.h"
#include "prep/resample.h"
#include "prep/verify.h"
#include "run/run_folder.h"
#include "run/run_network.h"
#include "support/small_networks.h"

#include <fmt/format.h>
#include <torch/torch.h>

namespace seg {
namespace {

namespace fs = std::filesystem;

// A phantom of three cases, a split with a test case or without, and whatever else is set.
struct PhantomRun {
  explicit PhantomRun(const std::string& split, const std::vector<std::string>& keys = {}) {
    write_amos_phantom({3, 5, {32, 40, 40}}, folder.path / "data");
    std::vector<std::string> all = {"data.root=" + (folder.path / "data").string(),
                                    "prep.cache=" + (folder.path / "cache").string(),
                                    "prep.spacing=[10, 10, 10]",
                                    "training.patch=[16, 16, 16]",
                                    "model.base_channels=2",
                                    "training.precision=float32",
                                    "output=" + (folder.path / "run").string(),
                                    "device=cpu",
                                    "data.split=" + split};
    all.insert(all.end(), keys.begin(), keys.end());
    config = config_from(all);
    experiment.emplace(config);
    experiment->build_cache();
  }

  test::TemporaryFolder folder;
  Config config;
  std::optional<Experiment> experiment;
};

const std::string three_parts = "{train: [amos_0001], validation: [amos_0002], test: [amos_0003]}";

// Remembers the windows that it is shown.
struct Watching : Network {
  torch::Tensor logits(const torch::Tensor& image) override {
    windows.push_back(image.clone());
    return torch::zeros({1, 16, image.size(2), image.size(3), image.size(4)});
  }
  std::vector<torch::Tensor> windows;
};

}  // namespace

TEST_CASE("beyond the border of a small volume evaluation shows its lowest value, as training does",
          "[evaluation]") {
  const PhantomRun run(three_parts);
  const auto cases = run.experiment->part(SplitPart::test);
  const PreparedCase c = run.experiment->cache().open(cases[0], CropFor::evaluation);
  REQUIRE(c.size(0) < 16);
  Watching network;
  const Compute compute{torch::kCPU, false, false};
  evaluate(network, *run.experiment, cases, "", run.config, compute);
  REQUIRE(!network.windows.empty());
  CHECK(network.windows[0].min().item<float>() == c.image.min().item<float>());
  CHECK(network.windows[0][0][0][0][0][0].item<double>() == c.minimum[0]);
}

TEST_CASE("what the crop cuts off the labels is told by class, share and worst case",
          "[evaluation]") {
  const PhantomRun run("{train: [amos_0001], test: [amos_0002, amos_0003]}",
                       {"prep.crop={size: [~, ~, 20]}", "prep.spacing=[4, 4, 4]"});
  const auto cases = run.experiment->part(SplitPart::test);
  const auto losses = crop_losses(*run.experiment, cases);
  REQUIRE(!losses.empty());
  const CropLoss& first = losses[0];
  double whole = 0, lost = 0, largest = 0;
  const auto& classes = run.experiment->dataset().labels.classes;
  const auto index = std::find(classes.begin(), classes.end(), first.name) - classes.begin();
  for (const Case& c : cases) {
    const auto voxels = [&](const torch::Tensor& label) {
      return static_cast<double>((label == index).sum().item<std::int64_t>());
    };
    const torch::Tensor label = run.experiment->cache().open_whole(c).label;
    const std::int64_t start = (label.size(2) - 20) / 2;
    const double all = voxels(label), kept = voxels(label.narrow(2, start, 20));
    whole += all;
    lost += all - kept;
    largest = std::max(largest, (all - kept) / all);
  }
  CHECK(first.share == Approx(lost / whole));
  CHECK(first.largest == Approx(largest));
  CHECK(crop_loss_text({{"spleen", 0.031, 0.358, "x"}, {"aorta", 0.01, 0.01, "y"}}) ==
        "prep.crop cuts off label voxels of these cases, which no DSC in preprocessed space "
        "counts: spleen 3.10 % "
        "(35.80 % in case x), aorta 1.00 % (1.00 % in case y).");
  CHECK(crop_loss_text({}) == "prep.crop cuts off no label voxel of these cases.");
}

TEST_CASE("verify tells of the crop that evaluation takes", "[evaluation]") {
  const PhantomRun run("{train: [amos_0001], test: [amos_0002, amos_0003]}",
                       {"prep.crop={size: [~, 24, 24], centre: body}", "prep.spacing=[4, 4, 4]",
                        "prep.normalise.clip=[-160, 240]"});
  const auto& labels = run.experiment->dataset().labels;
  for (const Case& c : run.experiment->part(SplitPart::test)) {
    const VerifyReport report =
        verify({c}, run.config.prep, labels.to_class, labels.classes, {}, Depth::voxels);
    const auto losses = crop_losses(*run.experiment, {c});
    REQUIRE(!losses.empty());
    std::string told = "outside prep.crop: ";
    for (const CropLoss& l : losses)
      told += fmt::format("{}{} {:.2f} %", &l == &losses[0] ? "" : ", ", l.name, 100 * l.share);
    CHECK(report.problems.back().detail == told);
  }
}

TEST_CASE("in original space a perfect prediction meets the file's own labels", "[evaluation]") {
  const PhantomRun run(three_parts, {"prep.spacing=[2, 2, 2]", "prep.crop={size: [~, ~, 4]}"});
  const LabelMap& map = run.experiment->dataset().labels;
  for (const Case& c : run.experiment->all()) {
    const PreparedCase whole = run.experiment->cache().open_whole(c);
    const LabelPair pair = on_label_file(c, map, whole.geometry, [&](const Geometry& grid) {
      return resample_label(whole.label, whole.geometry, grid, LabelInterpolation::linear_onehot);
    });
    const Volume file = read_label(c.label);
    CHECK(pair.truth.equal(class_indices(file.voxels, map.to_class)));
    CHECK(pair.prediction.sizes() == pair.truth.sizes());
    CHECK(pair.geometry.spacing_dhw() == file.geometry.spacing_dhw());
    // Spacing 2 mm is finer than the phantom's voxels but along one axis.
    for (const DiceCounts& n : dice_counts(pair.prediction, pair.truth, {{"liver", {6}}}))
      CHECK(n.dice() > 0.95);
  }
}

TEST_CASE("in original space a label on another, oblique grid is met there", "[evaluation]") {
  const test::TemporaryFolder folder;
  // A ball of 20 mm about the origin, on the image's grid and on one of other size that is turned.
  const auto ball_on = [](const Geometry& g) {
    torch::Tensor label = torch::zeros({g.size[2], g.size[1], g.size[0]}, torch::kUInt8);
    for (std::int64_t z = 0; z < g.size[2]; ++z)
      for (std::int64_t y = 0; y < g.size[1]; ++y)
        for (std::int64_t x = 0; x < g.size[0]; ++x) {
          double squares = 0;
          for (int r = 0; r < 3; ++r) {
            const double mm = g.origin[r] + g.direction[r * 3] * g.spacing[0] * x +
                              g.direction[r * 3 + 1] * g.spacing[1] * y +
                              g.direction[r * 3 + 2] * g.spacing[2] * z;
            squares += (mm - 3.0 * r) * (mm - 3.0 * r);
          }
          if (squares < 20 * 20) label[z][y][x] = 1;
        }
    return label;
  };
  Geometry image;
  image.size = {40, 44, 36};
  image.spacing = {1.5, 1.5, 2};
  image.origin = {-30, -30, -36};
  Geometry turned;
  const double c = std::cos(0.3), s = std::sin(0.3);
  turned.size = {50, 60, 40};
  turned.spacing = {1.2, 1, 1.4};
  turned.direction = {-c, -s, 0, -s, c, 0, 0, 0, 1};
  turned.origin = {38, -16, -24};
  write_image(folder.path / "image.nii.gz", torch::randn({36, 44, 40}), image);
  write_label(folder.path / "label.nii.gz", ball_on(turned), turned);
  const Case files{"p", {folder.path / "image.nii.gz"}, folder.path / "label.nii.gz"};
  const Geometry kept = read_geometry(files.channels[0]);
  PreparedCase whole{.id = "p"};
  const Volume canonical = reorient(Volume{ball_on(kept), kept}, canonical_orientation(kept));
  whole.geometry = canonical.geometry;
  LabelMap map;
  map.classes = {"background", "ball"};
  map.to_class = {{0, 0}, {1, 1}};
  const LabelPair pair =
      on_label_file(files, map, whole.geometry, [&](const Geometry&) { return canonical.voxels; });
  CHECK(pair.truth.equal(ball_on(turned)));
  CHECK(pair.prediction.sizes() == pair.truth.sizes());
  CHECK(dice_counts(pair.prediction, pair.truth, {{"ball", {1}}})[0].dice() > 0.95);
}

TEST_CASE("a run's result stays where another part is evaluated", "[evaluation]") {
  const Compute compute{torch::kCPU, false, false};
  const auto evaluated = [&](const PhantomRun& run, std::optional<SplitPart> part,
                             Space space = Space::original, bool elsewhere = false) {
    const RunFolder folder(run.config, "x");
    folder.write_config(run.config);
    const auto network = network_for(run.config, *run.experiment, compute);
    auto optimiser = test::adam(*network);
    TrainingState state;
    state.model = model_signature(run.config, *run.experiment);
    state.run = folder.id();
    folder.save(*network, nullptr, optimiser, state,
                {run.config, task_of(run.experiment->dataset())});
    fs::path checkpoint = folder.checkpoint("last");
    if (elsewhere) {
      fs::copy(fs::canonical(checkpoint), run.folder.path / "copy", fs::copy_options::recursive);
      checkpoint = run.folder.path / "copy";
    }
    const Evaluation e = evaluate_run(folder.path(), {checkpoint, part, space}, run.config,
                                      *run.experiment, compute);
    return fs::relative(e.written.table, folder.path()).string();
  };
  const PhantomRun run(three_parts, {"prep.crop={size: [~, ~, 4]}"});
  const fs::path place = run.config.output.text;
  CHECK(evaluated(run, {}) == "dsc.md");
  const std::string table = read_file(place / "dsc.csv"), text = read_file(place / "dsc.md");
  CHECK(text.find("original space") != std::string::npos);
  CHECK(text.find("prep.crop cuts off label voxels") != std::string::npos);
  CHECK(table.starts_with("dataset,network,loss,seed,part,space,step,case,region,dsc,"));
  CHECK(table.find("\ndata,unet,CWCD,0,test,original,0,amos_0003,spleen,") != std::string::npos);
  for (const char* file : {"summary.csv", "long.csv", "report.html"})
    CHECK(fs::exists(place / file));
  CHECK(evaluated(run, {}, Space::preprocessed) == "dsc-preprocessed.md");
  CHECK(read_file(place / "dsc-preprocessed.md").find("prep.crop cuts off label voxels") !=
        std::string::npos);
  CHECK(evaluated(run, {}, Space::original, true) == "dsc-step-0.md");
  CHECK(evaluated(run, SplitPart::validation) == "dsc-validation.md");
  CHECK(evaluated(run, SplitPart::train) == "dsc-train.md");
  CHECK(read_file(place / "dsc.csv") == table);
  CHECK(read_file(place / "dsc.md") == text);
  CHECK(read_file(place / "dsc-validation.csv").find("amos_0002") != std::string::npos);
  CHECK(evaluated(run, SplitPart::test) == "dsc.md");

  const PhantomRun without("{train: [amos_0001, amos_0003], validation: [amos_0002]}");
  CHECK(evaluated(without, {}) == "dsc.md");
  CHECK(evaluated(without, SplitPart::validation) == "dsc.md");
  CHECK(evaluated(without, SplitPart::train) == "dsc-train.md");
}

}  // namespace seg
