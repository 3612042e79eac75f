// Two folders of label files, as other programs leave them.
#include "evaluation/evaluate_folders.h"

#include "core/files.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "support/catch.h"
#include "support/errors.h"

#include <torch/torch.h>

#include <cmath>
#include <fstream>

namespace seg {
namespace {

namespace fs = std::filesystem;

// Folders truth and prediction.
struct TwoFolders {
  test::TemporaryFolder folder;
  fs::path truth = folder.path / "truth", prediction = folder.path / "prediction";
  Geometry geometry;

  TwoFolders() {
    fs::create_directories(truth);
    fs::create_directories(prediction);
    geometry.size = {7, 6, 5};
    geometry.spacing = {0.5, 1, 2};
    geometry.origin = {3, -4, 5};
  }

  // Classes 1 and 2 as boxes.
  torch::Tensor boxes(std::int64_t shift = 0) const {
    torch::Tensor label = torch::zeros({5, 6, 7}, torch::kUInt8);
    label.slice(0, 1, 4).slice(1, 1, 3).slice(2, 1 + shift, 4 + shift) = 1;
    label.slice(0, 1, 4).slice(1, 4, 6).slice(2, 1, 3) = 2;
    return label;
  }

  void write(const fs::path& file, const torch::Tensor& label) const {
    write_label(file, label, geometry);
  }

  MetricTable evaluated(const fs::path& labels = {}) const {
    return evaluate_folders(find_cases({truth, prediction, labels}), {1});
  }
  std::string refused(ErrorKind kind = ErrorKind::data) const {
    return test::error_of([&] { evaluated(); }, kind, folder.path);
  }
};

}  // namespace

TEST_CASE("folders are paired by name, whatever the ending", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", two.boxes());
  two.write(two.prediction / "a.nii", two.boxes(1));
  two.write(two.truth / "b.nii.gz", two.boxes());
  two.write(two.prediction / "b_0000.nii.gz", two.boxes());
  std::ofstream(two.prediction / "plans.json") << "{}";
  const MetricTable table = two.evaluated();
  REQUIRE(table.cases.size() == 2);
  CHECK(table.failures.empty());
  REQUIRE(table.regions.size() == 2);
  CHECK(table.regions[0].name == "1");  // nothing says what the values mean
  CHECK(table.cases[0].id == "a");
  CHECK(table.cases[0].regions[0].counts.dice() == Approx(2.0 / 3));
  CHECK(table.cases[0].regions[0].hd == Approx(0.5));  // one voxel along x
  CHECK(table.cases[0].regions[1].counts.dice() == 1);
  CHECK(table.cases[1].regions[0].counts.dice() == 1);
  CHECK(table.cases[0].voxel_ml == Approx(0.001));
  CHECK(table.cases[0].voxels == 5 * 6 * 7);
}

TEST_CASE("BraTS's names and folders are paired", "[evaluation]") {
  const TwoFolders two;
  for (const char* id : {"BraTS-GLI-1", "BraTS-GLI-2"}) {
    fs::create_directories(two.truth / id);
    two.write(two.truth / id / (id + std::string("-seg.nii.gz")), two.boxes());
    two.write(two.truth / id / (id + std::string("-t1c.nii.gz")), two.boxes());
    two.write(two.prediction / (id + std::string(".nii.gz")), two.boxes());
  }
  const MetricTable table = two.evaluated();
  CHECK(table.failures.empty());
  REQUIRE(table.cases.size() == 2);
  CHECK(table.cases[0].id == "BraTS-GLI-1");
  CHECK(table.overall() == 1);
}

TEST_CASE("folders without a name in common are refused", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", two.boxes());
  two.write(two.prediction / "b.nii.gz", two.boxes());
  CHECK(two.refused() ==
        "no name is both in ROOT/truth (as a) and in ROOT/prediction (as b); rename the files of "
        "one");
}

TEST_CASE("a case that one side lacks counts as empty there, and is told", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", two.boxes());
  two.write(two.truth / "b.nii.gz", two.boxes());
  two.write(two.prediction / "b.nii.gz", two.boxes());
  two.write(two.prediction / "c.nii.gz", two.boxes());
  const MetricTable table = two.evaluated();
  REQUIRE(table.cases.size() == 3);
  CHECK(table.failures ==
        std::vector<std::string>{"case a: there is no prediction; it counts as empty",
                                 "case c: there is no truth; it counts as empty"});
  CHECK(table.cases[0].regions[0].counts.dice() == 0);
  CHECK(std::isinf(table.cases[0].regions[0].hd95));
  CHECK(table.cases[2].regions[1].counts.dice() == 0);
  CHECK(table.mean(0) == Approx(1.0 / 3));
}

TEST_CASE("a prediction on the same grid with other axes is turned, and told", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", two.boxes());
  Orientation turn;
  turn.source = {2, 0, 1};
  turn.flipped = {true, false, true};
  const Volume other = reorient(Volume{two.boxes(), two.geometry}, turn);
  write_label(two.prediction / "a.nii.gz", other.voxels.contiguous(), other.geometry);
  const MetricTable table = two.evaluated();
  CHECK(table.failures.empty());
  CHECK(table.cases[0].regions[0].counts.dice() == 1);
  CHECK(table.cases[0].regions[1].counts.dice() == 1);
  REQUIRE(table.notes.size() == 1);
  CHECK(table.notes[0].find("1 prediction lay on the truth's grid with other axes and was "
                            "reoriented (the first: a, ") == 0);
}

TEST_CASE("what cannot be used counts as empty, and the rest is measured", "[evaluation]") {
  const TwoFolders two;
  for (const char* name : {"a", "b", "c", "d", "e"})
    two.write(two.truth / (name + std::string(".nii.gz")), two.boxes());
  TwoFolders moved;
  moved.geometry.origin[0] += 3;
  moved.write(two.prediction / "a.nii.gz", two.boxes());
  std::ofstream(two.prediction / "b.nii.gz") << "no volume";
  write_image(two.prediction / "c.nii.gz", two.boxes().to(torch::kFloat32) * 0.4, two.geometry);
  write_image(two.prediction / "d.nii.gz", torch::full({5, 6, 7}, std::nanf("")), two.geometry);
  two.write(two.prediction / "e.nii.gz", two.boxes());
  const MetricTable table = two.evaluated();
  REQUIRE(table.failures.size() == 4);
  CHECK(table.failures[0].find("case a: the prediction counts as empty: ") == 0);
  CHECK(table.failures[0].find("lies on another grid than the truth (origin ") !=
        std::string::npos);
  for (const std::size_t i : {1, 2, 3})
    CHECK(table.failures[i].find(": the prediction counts as empty: ") != std::string::npos);
  REQUIRE(table.cases.size() == 5);
  for (const std::size_t i : {0, 1, 2, 3}) CHECK(table.cases[i].regions[0].counts.dice() == 0);
  CHECK(table.cases[4].regions[0].counts.dice() == 1);
}

TEST_CASE("a case whose truth cannot be used is left out, and told", "[evaluation]") {
  const TwoFolders two;
  for (const char* name : {"a", "b"}) {
    two.write(two.truth / (name + std::string(".nii.gz")), two.boxes());
    two.write(two.prediction / (name + std::string(".nii.gz")), two.boxes());
  }
  std::ofstream(two.truth / "b.nii.gz") << "no volume";
  std::ofstream(two.prediction / "c.nii.gz") << "no volume";
  const MetricTable table = two.evaluated();
  REQUIRE(table.cases.size() == 1);
  CHECK(table.cases[0].id == "a");
  REQUIRE(table.failures.size() == 2);
  CHECK(table.failures[0].find("case b: is left out: ") == 0);
  CHECK(table.failures[1].find("case c: is left out: ") == 0);
}

TEST_CASE("labels have the names, unions and the ignored value of a file", "[evaluation]") {
  const TwoFolders two;
  torch::Tensor truth = two.boxes();
  truth.slice(2, 5, 7) = 200;
  two.write(two.truth / "a.nii.gz", truth);
  torch::Tensor prediction = two.boxes();
  prediction.slice(2, 5, 7) = 1;  // where the truth is ignored
  two.write(two.prediction / "a.nii.gz", prediction);
  const fs::path labels = two.folder.path / "labels.yaml";
  write_file(labels,
             "labels: {1: core, 2: edema, 200: ignore}\nregions: {whole: [core, edema], edema: "
             "[edema]}\n");
  const MetricTable table = two.evaluated(labels);
  REQUIRE(table.regions.size() == 2);
  CHECK(table.regions[0].name == "whole");
  CHECK(table.cases[0].regions[0].counts.dice() == 1);
  CHECK(table.cases[0].voxels == 5 * 6 * 5);
  CHECK(table.title.find("whole = core + edema") != std::string::npos);

  write_file(labels, "labels: {1: core, 200: ignore}\n");
  const std::string unnamed =
      test::error_of([&] { two.evaluated(labels); }, ErrorKind::data, two.folder.path);
  CHECK(unnamed.find("no case can be measured: case a: is left out: ") == 0);
  CHECK(unnamed.find("a.nii.gz: holds the value 2, which the labels do not name") !=
        std::string::npos);
  const auto refused = [&](const std::string& text) {
    write_file(labels, text);
    return test::error_of([&] { two.evaluated(labels); }, ErrorKind::config, two.folder.path);
  };
  CHECK(refused("lables: {1: core}\n") ==
        "ROOT/labels.yaml:1:1: unknown key 'lables'; did you mean 'labels'?");
  CHECK(refused("labels: {}\n") ==
        "ROOT/labels.yaml: labels names no class besides background; name one");
  CHECK(refused("labels: {1: a}\nregions: {r: [b]}\n").find("names the class 'b'") !=
        std::string::npos);
}

TEST_CASE("labels are named by a dataset.json beside or above the files", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", two.boxes());
  two.write(two.prediction / "a.nii.gz", two.boxes());
  const fs::path above = two.folder.path / "dataset.json";
  write_file(above, R"({"labels": {"background": 0, "liver": 1, "spleen": 2}})");
  CHECK(two.evaluated().regions[0].name == "liver");
  write_file(two.prediction / "dataset.json",
             R"({"labels": {"0": "background", "1": "core", "2": "edema"}})");
  CHECK(two.evaluated().regions[1].name == "edema");
  // As nnU-Net writes it where it was trained on regions.
  write_file(two.prediction / "dataset.json",
             R"({"labels": {"background": 0, "whole": [1, 2], "core": [2], "ignore": 3}})");
  const MetricTable regions = two.evaluated();
  REQUIRE(regions.regions.size() == 2);
  CHECK(regions.regions[0].name == "core");
  CHECK(regions.regions[0].classes == std::vector<std::int64_t>{2});
  CHECK(regions.regions[1].name == "whole");
  CHECK(regions.regions[1].classes == std::vector<std::int64_t>{1, 2});
  write_file(two.prediction / "dataset.json", R"({"labels": {"whole": [1, "x"]}})");
  CHECK(two.refused().find("; or name the labels by --labels FILE") != std::string::npos);
}

TEST_CASE("folders that are missing, empty or ambiguous are refused", "[evaluation]") {
  const TwoFolders two;
  CHECK(two.refused() ==
        "--truth ROOT/truth: holds no volume (.nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd)");
  two.write(two.truth / "a.nii.gz", two.boxes());
  CHECK(two.refused() ==
        "--prediction ROOT/prediction: holds no volume (.nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd)");
  two.write(two.truth / "a.nii", two.boxes());
  CHECK(two.refused() == "--truth ROOT/truth: holds both a.nii and a.nii.gz; remove one");
  fs::remove_all(two.truth);
  CHECK(two.refused() == "--truth ROOT/truth: does not exist; name a folder of volumes");
  std::ofstream(two.truth) << "x";
  CHECK(two.refused() == "--truth ROOT/truth: is no folder; name a folder of volumes");
}

TEST_CASE("two empty folders' worth of labels are nothing to measure", "[evaluation]") {
  const TwoFolders two;
  two.write(two.truth / "a.nii.gz", torch::zeros({5, 6, 7}, torch::kUInt8));
  two.write(two.prediction / "a.nii.gz", torch::zeros({5, 6, 7}, torch::kUInt8));
  CHECK(two.refused() ==
        "no label file holds a voxel that is not background, so there is nothing to measure");
}

}  // namespace seg
