#include "data/fingerprint.h"
#include "data/support.h"
#include "image/nifti.h"
#include "support/catch.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

using namespace seg;

TEST_CASE("the fingerprint of a known volume", "[data][fingerprint]") {
  const test::TemporaryFolder folder;
  Geometry g;  // LPS identity: 10 x 6 x 4 voxels of 1 x 2 x 5 mm
  g.size = {10, 6, 4};
  g.spacing = {1, 2, 5};
  const torch::Tensor image = torch::arange(240, torch::kFloat32).view({4, 6, 10});
  torch::Tensor label = torch::zeros({4, 6, 10}, torch::kUInt8);
  label.slice(2, 0, 5).fill_(7);  // half of the volume
  write_image(folder.path / "a.nii", image, g);
  write_label(folder.path / "l.nii", label, g);
  Dataset dataset{
      "tiny",
      {{"a", {folder.path / "a.nii"}, folder.path / "l.nii"}, {"b", {folder.path / "a.nii"}, ""}},
      {"ct"},
      {}};
  dataset.labels = {{"background", "liver"}, {{0, 0}, {7, 1}}, {0, 7}};
  Config config;
  config.prep.spacing = {5, 2, 1};
  config.loss.contour.iterations = 1;
  config.loss.contour.classes = ContourClasses::all;
  const Fingerprint f = fingerprint(dataset, config);
  REQUIRE(f.cases.size() == 2);
  const CaseFacts& c = f.cases[0];
  CHECK(c.orientation == "LPS");
  CHECK(c.size == Dhw<std::int64_t>{4, 6, 10});
  CHECK(c.spacing == Dhw<double>{5, 2, 1});
  REQUIRE(c.channels.size() == 1);
  CHECK(c.channels[0].least == 0);
  CHECK(c.channels[0].most == 239);
  CHECK(c.channels[0].median == Approx(119.5).margin(0.5));
  CHECK(c.channels[0].mean == Approx(119.5));
  CHECK(c.channels[0].deviation == Approx(std::sqrt((240.0 * 240.0 - 1) / 12)));
  REQUIRE(c.millilitres.size() == 2);
  CHECK(c.millilitres[1] == Approx(120 * 10 / 1000.0));
  CHECK(c.millilitres[0] == Approx(120 * 10 / 1000.0));
  CHECK(c.contour_share[1] == Approx(0.2));  // one column of five
  CHECK(f.cases[1].millilitres.empty());
  config.loss.name = LossName::CWCD_release;  // a core of 3 x 5 x 4 voxels of 4 x 6 x 5
  CHECK(fingerprint(dataset, config).cases[0].contour_share[1] == Approx(0.5));
  const auto j = nlohmann::json::parse(fingerprint_json(f));
  CHECK(j["cases"][0]["spacing"] == nlohmann::json({5.0, 2.0, 1.0}));
  CHECK(fingerprint_table(f).find(
            "liver                     1          1.2           50           20") !=
        std::string::npos);
}

TEST_CASE("a label value outside the map is refused, not ignored", "[data][fingerprint]") {
  const test::TemporaryFolder folder;
  Geometry g;
  g.size = {4, 4, 4};
  g.spacing = {1, 1, 1};
  torch::Tensor label = torch::zeros({4, 4, 4}, torch::kUInt8);
  label[0][0][0] = 1;
  label[0][0][1] = 3;
  label[0][0][2] = 9;
  write_image(folder.path / "a.nii", torch::rand({4, 4, 4}), g);
  write_label(folder.path / "l.nii", label, g);
  Dataset dataset{"tiny", {{"a", {folder.path / "a.nii"}, folder.path / "l.nii"}}, {"ct"}, {}};
  dataset.labels = {{"background", "liver"}, {{0, 0}, {1, 1}, {9, 255}}, {0, 1}};
  CHECK(test::error_of([&] { fingerprint(dataset, {}); }, ErrorKind::data) ==
        "case a: the label l.nii has the value 3, which is not in data.labels (known: 0, 1, 9)");
  dataset.labels.to_class[3] = 1;
  CHECK(fingerprint(dataset, {}).cases[0].millilitres[1] == Approx(0.002));
}
