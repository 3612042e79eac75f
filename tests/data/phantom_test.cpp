#include "data/phantom.h"

#include "config/config.h"
#include "core/error.h"
#include "core/files.h"
#include "data/layouts.h"
#include "image/nifti.h"
#include "image/orientation.h"
#include "support/catch.h"
#include "support/commands.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace fs = std::filesystem;
using namespace seg;

namespace {

constexpr int liver = 6, right_adrenal = 11, left_adrenal = 12;

fs::path amos_label(const fs::path& root, int i) {
  return root / "labelsTr" / fmt::format("amos_{:04}.nii.gz", i);
}
fs::path amos_image(const fs::path& root, int i) {
  return root / "imagesTr" / fmt::format("amos_{:04}.nii.gz", i);
}

Volume canonical(const Volume& v) { return reorient(v, canonical_orientation(v.geometry)); }

std::vector<std::int64_t> voxels_per_value(const torch::Tensor& label, int values) {
  const torch::Tensor counts = torch::bincount(label.flatten(), {}, values);
  return {counts.data_ptr<std::int64_t>(), counts.data_ptr<std::int64_t>() + counts.numel()};
}

// Mean position of a label, as a share of the canonical volume's size: x to the right, y to the
// front, z upwards.
Dhw<double> centre_of(const torch::Tensor& canonical_label, int value) {
  const torch::Tensor at = (canonical_label == value).nonzero().to(torch::kFloat64).mean(0);
  Dhw<double> centre{};
  for (int a = 0; a < 3; ++a)
    centre[a] = at[2 - a].item<double>() / static_cast<double>(canonical_label.size(2 - a));
  return centre;
}

// Contents of every file below the folder, by relative path.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[fs::relative(entry.path(), folder)] = read_file(entry.path());
  return all;
}

}  // namespace

TEST_CASE("an abdomen of few voxels holds all 15 organs, from the liver to the adrenal glands",
          "[data]") {
  const test::TemporaryFolder root;
  const int cases = 8;
  write_amos_phantom({cases, 1, {48, 64, 64}}, root.path);
  for (int i = 1; i <= cases; ++i) {
    const Volume label = read_label(amos_label(root.path, i));
    CHECK(label.voxels.sizes() == torch::IntArrayRef{48, 64, 64});
    const auto voxels = voxels_per_value(label.voxels, 16);
    REQUIRE(voxels.size() == 16);
    INFO("case " << i);
    for (int organ = 1; organ <= 15; ++organ) {
      CHECK(voxels[organ] >= 8);
      if (organ != liver) CHECK(voxels[organ] < voxels[liver]);
    }
    auto sorted = std::vector<std::int64_t>(voxels.begin() + 1, voxels.end());
    std::nth_element(sorted.begin(), sorted.begin() + 2, sorted.end());
    CHECK(std::max(voxels[right_adrenal], voxels[left_adrenal]) <= sorted[2]);
  }
}

TEST_CASE(
    "organs lie where the orientation in the header says, in different orientations and spacings",
    "[data]") {
  const test::TemporaryFolder root;
  write_amos_phantom({12, 4, {32, 40, 48}}, root.path);
  std::set<std::vector<bool>> orientations;
  std::set<double> spacings;
  for (int i = 1; i <= 12; ++i) {
    const Volume image = read_image(amos_image(root.path, i)),
                 file = read_label(amos_label(root.path, i));
    CHECK(image.geometry.direction == file.geometry.direction);
    CHECK(image.geometry.origin == file.geometry.origin);
    const auto flipped = canonical_orientation(file.geometry).flipped;
    orientations.insert(std::vector<bool>(flipped.begin(), flipped.end()));
    spacings.insert(file.geometry.spacing[0]);
    CHECK(file.geometry.spacing[2] != file.geometry.spacing[0]);
    const torch::Tensor label = canonical(file).voxels;
    CHECK(centre_of(label, liver)[0] > 0.6);  // the patient's right is the high end of RAS's x
    CHECK(centre_of(label, 1)[0] < 0.4);      // spleen
    CHECK(centre_of(label, 4)[1] > centre_of(label, 2)[1]);
    CHECK(centre_of(label, 14)[2] < 0.3);  // bladder
    CHECK(centre_of(label, 5)[2] > 0.7);   // esophagus
  }
  CHECK(orientations.size() >= 4);
  CHECK(spacings.size() == 12);
}

TEST_CASE("organs differ from their surroundings by little more than the noise, edges are blurred",
          "[data]") {
  const test::TemporaryFolder root;
  write_amos_phantom({1, 2, {48, 64, 64}}, root.path);
  const torch::Tensor image = read_image(amos_image(root.path, 1)).voxels[0],
                      label = read_label(amos_label(root.path, 1)).voxels;
  const auto values = [&](int organ) { return image.masked_select(label == organ); };
  CHECK(values(liver).std().item<double>() > 10);
  const double between =
      std::abs(values(liver).mean().item<double>() - values(1).mean().item<double>());
  CHECK(between < 40);  // liver and spleen
  CHECK(image.min().item<double>() < -900);
  CHECK(image.max().item<double>() < 400);
}

TEST_CASE(
    "the same seed writes the same bytes, case i whatever the number of cases; another seed "
    "another anatomy",
    "[data]") {
  const test::TemporaryFolder a, b, c;
  write_amos_phantom({3, 7, {32, 32, 32}}, a.path);
  write_amos_phantom({2, 7, {32, 32, 32}}, b.path);
  write_amos_phantom({2, 8, {32, 32, 32}}, c.path);
  const auto three = contents(a.path), two = contents(b.path), other = contents(c.path);
  CHECK(two.size() == 5);
  for (const auto& [name, bytes] : two)
    if (name != "dataset.json") {
      INFO(name);
      CHECK(three.at(name) == bytes);
      CHECK(other.at(name) != bytes);
    }
  CHECK(three.at("labelsTr/amos_0001.nii.gz") != three.at("labelsTr/amos_0003.nii.gz"));
}

TEST_CASE("dataset.json names channel and labels as AMOS does", "[data]") {
  const test::TemporaryFolder root;
  write_amos_phantom({1, 0, {32, 32, 32}}, root.path);
  const auto json = nlohmann::json::parse(read_file(root.path / "dataset.json"));
  CHECK(json["modality"]["0"] == "CT");
  CHECK(json["file_ending"] == ".nii.gz");
  CHECK(json["numTraining"] == 1);
  CHECK(json["labels"].size() == 16);
  CHECK(json["labels"]["0"] == "background");
  CHECK(json["labels"]["6"] == "liver");
  CHECK(json["labels"]["15"] == "prostate/uterus");
}

TEST_CASE("what configs/amos.yaml shows of swap_labels names AMOS's organs", "[data]") {
  const test::TemporaryFolder root;
  write_amos_phantom({1, 0, {32, 32, 32}}, root.path);
  std::string text = read_file(test::source_folder("configs") / "configs" / "amos.yaml");
  const std::string shown = "# swap_labels:";
  REQUIRE(text.find(shown) != std::string::npos);
  text.erase(text.find(shown), 2);
  write_file(root.path / "amos.yaml", text);
  const Config config =
      load_config((root.path / "amos.yaml").string(), {"data.root=" + root.path.string()});
  CHECK(config.augmentation.swap_labels.size() == 2);
  const auto classes = find_dataset(config.data).labels.classes;
  for (const auto& [right, left] : config.augmentation.swap_labels)
    for (const std::string& name : {right, left})
      CHECK(std::find(classes.begin(), classes.end(), name) != classes.end());
}

TEST_CASE("a head has four channels and a tumour of core in rim in oedema, in BraTS 2021's values",
          "[data]") {
  const test::TemporaryFolder root;
  write_brats_phantom({3, 5, {40, 48, 56}}, root.path);
  for (const char* id : {"BraTS-PH-00001", "BraTS-PH-00002", "BraTS-PH-00003"}) {
    const fs::path stem = root.path / id / id;
    const Volume label = read_label(stem.string() + "_seg.nii.gz");
    const auto voxels = voxels_per_value(label.voxels, 5);
    CHECK(voxels[3] == 0);
    for (const int value : {1, 2, 4}) CHECK(voxels[value] >= 20);
    CHECK(voxels[2] > voxels[4]);
    const auto mean = [&](const char* channel, int value) {
      const Volume image = read_image(stem.string() + "_" + channel + ".nii.gz");
      CHECK(image.voxels.sizes() == torch::IntArrayRef{1, 40, 48, 56});
      return image.voxels[0].masked_select(label.voxels == value).mean().item<double>();
    };
    CHECK(mean("t1ce", 4) > 1.5 * mean("t1ce", 2));  // the rim enhances
    CHECK(mean("flair", 2) > mean("flair", 1));      // oedema is bright
    CHECK(mean("t2", 2) > mean("t1", 2));
  }
}

TEST_CASE("sizes and counts that make no anatomy are refused, and nothing is made", "[data]") {
  const test::TemporaryFolder root;
  CHECK_THROWS_WITH(write_amos_phantom({1, 0, {16, 64, 64}}, root.path / "a"),
                    "--size: each of D, H, W must be from 32 to 1024, not 16");
  CHECK_THROWS_WITH(write_brats_phantom({0, 0, {64, 64, 64}}, root.path / "b"),
                    "--cases must be at least 1, not 0");
  CHECK(fs::is_empty(root.path));
}

TEST_CASE("a phantom is not mixed into another data set", "[data]") {
  const test::TemporaryFolder root;
  const PhantomOptions small{1, 0, {32, 32, 32}};
  const auto refusal = [](const fs::path& folder, const std::string& file) {
    return folder.string() + ": already holds a data set (" + file +
           "); choose another folder, or remove this one";
  };
  const fs::path amos = root.path / "amos", brats = root.path / "brats", mine = root.path / "mine";
  write_amos_phantom(small, amos);
  write_brats_phantom(small, brats);
  CHECK_THROWS_WITH(write_amos_phantom(small, amos), refusal(amos, "dataset.json"));
  CHECK_THROWS_WITH(write_brats_phantom(small, amos), refusal(amos, "dataset.json"));
  CHECK_THROWS_WITH(
      write_brats_phantom(small, brats),
      Catch::Matchers::StartsWith(brats.string() + ": already holds a data set (BraTS-PH-00001/"));
  CHECK_THROWS_WITH(
      write_amos_phantom(small, brats),
      Catch::Matchers::StartsWith(brats.string() + ": already holds a data set (BraTS-PH-00001/"));
  fs::create_directories(mine / "imagesTr");
  write_file(mine / "imagesTr" / "patient_1.nii.gz", "");
  CHECK_THROWS_WITH(write_amos_phantom(small, mine), refusal(mine, "imagesTr/patient_1.nii.gz"));
  CHECK_FALSE(fs::exists(mine / "labelsTr"));
}

TEST_CASE("an AMOS-like phantom whose writing was interrupted is written again", "[data]") {
  const test::TemporaryFolder root;
  const PhantomOptions small{2, 0, {32, 32, 32}};
  write_amos_phantom(small, root.path);
  const auto whole = contents(root.path);
  fs::remove(root.path / "dataset.json");
  fs::remove(amos_label(root.path, 2));
  write_file(amos_image(root.path, 1), "half");
  write_file(root.path / "imagesTr" / ".part-1-x-0.amos_0002.nii.gz", "");
  write_amos_phantom(small, root.path);
  fs::remove(root.path / "imagesTr" / ".part-1-x-0.amos_0002.nii.gz");
  CHECK(contents(root.path) == whole);
}
