// segeval on folders and on evaluations, as a user runs it.
#include "core/files.h"
#include "image/nifti.h"
#include "support/catch.h"
#include "support/tiny_run.h"

#include <torch/torch.h>

#include <fstream>

namespace fs = std::filesystem;
using seg::test::listing;
using seg::test::Outcome;
using seg::test::run_program;

namespace {

// Three cases of a box, shifted by as many voxels as the case's number in the prediction.
struct LabelFolders {
  seg::test::TemporaryFolder folder;
  fs::path truth = folder.path / "truth", prediction = folder.path / "prediction";

  LabelFolders() {
    fs::create_directories(truth);
    fs::create_directories(prediction);
    for (int i = 0; i < 3; ++i) {
      write(truth, i, 0);
      write(prediction, i, i);
    }
  }
  void write(const fs::path& place, int number, std::int64_t shift) const {
    seg::Geometry geometry;
    geometry.size = {24, 12, 10};
    torch::Tensor label = torch::zeros({10, 12, 24}, torch::kUInt8);
    label.slice(0, 2, 8).slice(1, 2, 8).slice(2, 2 + shift, 10 + shift) = 1;
    seg::write_label(place / ("case" + std::to_string(number) + ".nii.gz"), label, geometry);
  }
  std::string arguments(const std::string& more = "") const {
    return "segeval --truth " + truth.string() + " --prediction " + prediction.string() + " " +
           more;
  }
};

}  // namespace

TEST_CASE("segeval measures two folders, with pictures, lesions and nnU-Net's JSON", "[apps]") {
  const LabelFolders two;
  const fs::path json = two.folder.path / "summary.json";
  const Outcome outcome = run_program(
      two.arguments("--json " + json.string() + " --pictures --lesions panoptic --tolerance 0.5"));
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  const fs::path out = two.prediction / "evaluation";
  CHECK(listing(out) ==
        "dsc.csv dsc.md lesion-regions.csv long.csv pictures report.html summary.csv");
  CHECK(listing(out / "pictures") == "case0.svg case1.svg case2.svg");
  CHECK(seg::read_file(out / "dsc.csv").find(",nsd_0.5mm,") != std::string::npos);
  CHECK(seg::read_file(json).find("\"foreground_mean\": {\"Dice\": 0.875") != std::string::npos);
  CHECK(seg::read_file(out / "report.html").find("case2") != std::string::npos);
  const std::string table = seg::read_file(out / "dsc.md");
  CHECK(table.find("| 1 | 0.8750 | ") != std::string::npos);
  CHECK(table.find("Lesion by lesion (panoptic)") != std::string::npos);
  CHECK(outcome.text.find(table) != std::string::npos);
}

TEST_CASE("segeval tells of each file that is bad, does the rest and ends in 3", "[apps]") {
  const LabelFolders two;
  std::ofstream(two.prediction / "case0.nii.gz") << "no volume";
  fs::remove(two.prediction / "case1.nii.gz");
  const fs::path out = two.folder.path / "out";
  const Outcome outcome = run_program(two.arguments("--output " + out.string()));
  INFO(outcome.text);
  CHECK(outcome.code == 3);
  CHECK(outcome.text.find("- case case0: the prediction counts as empty: ") != std::string::npos);
  CHECK(outcome.text.find("- case case1: there is no prediction; it counts as empty") !=
        std::string::npos);
  CHECK(outcome.text.find("2 of 3 cases could not be measured in full") != std::string::npos);
  CHECK(seg::read_file(out / "dsc.csv").find(",case2,1,0.75") != std::string::npos);
  CHECK(listing(out) == "dsc.csv dsc.md long.csv report.html summary.csv");
}

TEST_CASE("segeval compares evaluations", "[apps]") {
  const LabelFolders two;
  const std::string first = (two.folder.path / "first").string(),
                    second = (two.folder.path / "second").string(),
                    out = (two.folder.path / "compared").string();
  REQUIRE(run_program(two.arguments("--output " + first)).code == 0);
  for (int i = 0; i < 3; ++i) two.write(two.prediction, i, 2 * i);
  REQUIRE(run_program(two.arguments("--output " + second)).code == 0);
  const Outcome outcome =
      run_program("segeval --compare " + first + " " + second + " --output " + out);
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  // 1, .875, .75 against 1, .75, .5.
  CHECK(outcome.text.find("| 1 | 0.8750 | 0.7500 | -0.1250 | ") != std::string::npos);
  CHECK(outcome.text.find("| 0/1/2 |") != std::string::npos);
  CHECK(listing(out) == "compare.csv compare.md");
  const Outcome distance =
      run_program("segeval --compare " + first + " " + second + " --metric hd_mm");
  INFO(distance.text);
  CHECK(distance.text.find("| 1 | 1.0000 | 2.0000 | +1.0000 | ") != std::string::npos);
  CHECK(distance.text.find("| 0/1/2 |") != std::string::npos);
}

TEST_CASE("segeval refuses what does not go together", "[apps]") {
  const LabelFolders two;
  const auto refused = [&](const std::string& arguments, int code, const std::string& says) {
    const Outcome outcome = run_program(arguments);
    INFO(arguments << "\n" << outcome.text);
    CHECK(outcome.code == code);
    CHECK(outcome.text.find(says) != std::string::npos);
  };
  refused("segeval", 2, "name --run RUN, or --truth and --prediction, or --compare RUN_A RUN_B");
  refused("segeval --truth " + two.truth.string(), 2, "--prediction");
  refused(two.arguments("--run x"), 2, "excludes");
  refused("segeval --labels x", 2, "--truth");
  refused(two.arguments("--lesions brats2022"), 2,
          "--lesions brats2022: is none of brats2023, brats2023_met, brats2024, panoptic");
  refused(two.arguments("--lesions brats2023"), 2, "no class is its tissue SNFH");
  refused(two.arguments("--tolerance -1"), 2, "--tolerance -1: must be from 0 to 1000 mm");
  refused(two.arguments("--labels nowhere.yaml"), 2, "nowhere.yaml: does not exist");
  refused(two.arguments("--images nowhere"), 3, "--images nowhere: does not exist");
  refused("segeval --truth " + two.truth.string() + " --prediction nowhere", 3,
          "--prediction nowhere: does not exist");
  refused(two.arguments("--json nowhere/summary.json"), 2, "/nowhere is no folder");
  refused(two.arguments("--lesions ''"), 2, "--lesions : is none of");
  refused("segeval --compare " + two.truth.string(), 2, "name two or more");
  refused("segeval --compare " + two.truth.string() + " x", 3, "there is no");
  refused("segeval --run " + two.truth.string() + " --space native", 2,
          "--space native: is none of original, preprocessed");
  CHECK(!fs::exists(two.prediction / "evaluation"));
}

TEST_CASE("a run is evaluated in preprocessed space beside its result", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  REQUIRE(run_program(seg::test::tiny_training(out)).code == 0);
  const std::string result = seg::read_file(out / "dsc.csv");
  CHECK(result.find(",original,") != std::string::npos);
  const Outcome outcome =
      run_program("segeval --space preprocessed --pictures --run " + out.string());
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.text.find("preprocessed space") != std::string::npos);
  CHECK(seg::read_file(out / "dsc-preprocessed.csv").find(",preprocessed,") != std::string::npos);
  CHECK(seg::read_file(out / "dsc.csv") == result);
  CHECK(seg::read_file(out / "report.html").find("output:") != std::string::npos);
}
