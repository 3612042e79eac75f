// The configuration that segprep init writes describes the data set it was written for.
#include "data/starter.h"

#include "config/config.h"
#include "data/layouts.h"
#include "data/phantom.h"
#include "data/split.h"
#include "data/support.h"
#include "image/nifti.h"
#include "support/catch.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

Config starter(const fs::path& root, const fs::path& folder) {
  write_file(folder / "starter.yaml", starter_yaml(root));
  return load_config((folder / "starter.yaml").string(), {});
}

void write_pair(const fs::path& image, const fs::path& label, int value) {
  fs::create_directories(image.parent_path());
  fs::create_directories(label.parent_path());
  Geometry g;  // 20 x 40 x 30 voxels of 2 x 1 x 3.02 mm, LPS
  g.size = {20, 40, 30};
  g.spacing = {2, 1, 3.02};
  torch::Tensor classes = torch::zeros({30, 40, 20}, torch::kUInt8);
  classes.slice(0, 5, 15).fill_(value);
  write_image(image, torch::rand({30, 40, 20}), g);
  write_label(label, classes, g);
}

}  // namespace

TEST_CASE("init: a data set with dataset.json keeps its classes", "[data][starter]") {
  const test::TemporaryFolder folder;
  write_amos_phantom({.cases = 5, .seed = 1, .size = {40, 48, 56}}, folder.path / "data");
  const Config config = starter(folder.path / "data", folder.path);
  CHECK(config.data.layout == Layout::dataset_json);
  CHECK(config.data.labels.empty());
  const Dataset dataset = find_dataset(config.data);
  CHECK(dataset.labels.count() == 16);
  const Split split = make_split(config.data, dataset.cases);
  CHECK(split.train.size() + split.validation.size() + split.test.size() == 5);
  CHECK(!split.train.empty());
  CHECK(!split.validation.empty());
  for (const std::int64_t n : config.training.patch) CHECK(n % 16 == 0);
}

TEST_CASE("init: case folders get the channels and label values that are there",
          "[data][starter]") {
  const test::TemporaryFolder folder;
  write_brats_phantom({.cases = 5, .seed = 1, .size = {40, 48, 56}}, folder.path / "data");
  const Config config = starter(folder.path / "data", folder.path);
  CHECK(config.data.layout == Layout::case_folders);
  CHECK(config.data.labels == Pairs{{"1", "label_1"}, {"2", "label_2"}, {"4", "label_4"}});
  const Dataset dataset = find_dataset(config.data);
  CHECK(dataset.channels == std::vector<std::string>{"flair", "t1", "t1ce", "t2"});
  CHECK(dataset.cases.size() == 5);
}

TEST_CASE("init: without dataset.json the spacing is the median's, in the canonical axes",
          "[data][starter]") {
  const test::TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  for (const char* id : {"a", "b", "c", "d", "e"})
    write_pair(data / "imagesTr" / (std::string(id) + ".nii"),
               data / "labelsTr" / (std::string(id) + ".nii"), 7);
  const Config config = starter(data, folder.path);
  CHECK(config.data.labels == Pairs{{"7", "label_7"}});
  CHECK(config.prep.spacing == std::vector<double>{3, 1, 2});
  const Split split = make_split(config.data, find_dataset(config.data).cases);
  CHECK(split.train.size() == 4);
  CHECK(split.validation.size() == 1);
}

TEST_CASE("init: without dataset.json numbered channels are named", "[data][starter]") {
  const test::TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  for (const std::string id : {"a", "b"})
    for (const char* number : {"_0000", "_0001"})
      write_pair(data / "imagesTr" / (id + number + ".nii"), data / "labelsTr" / (id + ".nii"), 1);
  const Config config = starter(data, folder.path);
  CHECK(config.data.channels == Pairs{{"channel_0", ""}, {"channel_1", ""}});
  const Dataset dataset = find_dataset(config.data);
  REQUIRE(dataset.cases.size() == 2);
  CHECK(dataset.cases[1].channels[1].filename() == "b_0001.nii");
  fs::remove(data / "imagesTr" / "b_0001.nii");
  CHECK(test::error_of([&] { starter_yaml(data); }, ErrorKind::data)
            .find("case b: has no file b_0001 (channel 'channel_1')") != std::string::npos);
  fs::remove(data / "imagesTr" / "a_0001.nii");
  CHECK(starter(data, folder.path).data.channels.empty());
}

TEST_CASE("init: a path with quotes and backslashes is read back; one with a variable is refused",
          "[data][starter]") {
  const test::TemporaryFolder folder;
  const fs::path data = folder.path / "my \"data\" \\n: #1";
  write_pair(data / "imagesTr" / "a.nii", data / "labelsTr" / "a.nii", 1);
  CHECK(starter(data, folder.path).data.root.text == fs::weakly_canonical(data));
  fs::rename(data, folder.path / "${HOME}");
  CHECK(test::error_of([&] { starter_yaml(folder.path / "${HOME}"); }, ErrorKind::data)
            .find("holds '${', which a configuration takes for a "
                  "variable; rename the folder") != std::string::npos);
}

TEST_CASE("init: labels of case folders that end otherwise than in _seg are named",
          "[data][starter]") {
  for (const std::string ending : {"_mask", "_label"}) {
    const test::TemporaryFolder folder;
    for (const std::string id : {"a", "b"}) {
      test::touch(folder.path / id / (id + "_t1.nii.gz"));
      test::touch(folder.path / id / (id + ending + ".nii.gz"));
    }
    CHECK(test::error_of([&] { starter_yaml(folder.path); }, ErrorKind::data, folder.path) ==
          "ROOT: has files that end in '" + ending +
              "', but data.layout: case_folders expects labels to end in '_seg'; rename them");
  }
}

TEST_CASE("init: a table of files is recognised by its ending", "[data][starter]") {
  const test::TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  std::string table = "id,ct,label\n";
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    write_pair(data / "i" / (std::string(id) + ".nii"), data / "l" / (std::string(id) + ".nii"), 2);
    table += std::string(id) + ",i/" + id + ".nii,l/" + id + ".nii\n";
  }
  write_file(data / "cases.csv", table);
  const Config config = starter(data, folder.path);
  CHECK(config.data.layout == Layout::csv);
  const Dataset dataset = find_dataset(config.data);
  CHECK(dataset.cases.size() == 5);
  CHECK(dataset.labels.classes == std::vector<std::string>{"background", "label_2"});
}

TEST_CASE("init: what is no data set is refused with what would be one", "[data][starter]") {
  const test::TemporaryFolder folder;
  CHECK(test::error_of([&] { starter_yaml(folder.path / "nowhere"); }, ErrorKind::data)
            .find("is no folder") != std::string::npos);
  CHECK(test::error_of([&] { starter_yaml(folder.path); }, ErrorKind::data).find("data.layout") !=
        std::string::npos);
  test::touch(folder.path / "unlabelled" / "imagesTr" / "a.nii");
  CHECK(test::error_of([&] { starter_yaml(folder.path / "unlabelled"); }, ErrorKind::data)
            .find("no case has a label") != std::string::npos);
}

}  // namespace seg
