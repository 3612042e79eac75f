#include "data/layouts.h"

#include "support.h"

namespace fs = std::filesystem;
using namespace seg;
using test::error_of;
using test::touch;

namespace {

DataConfig config_for(const fs::path& root, const std::string& layout = "dataset_json") {
  DataConfig config;
  config.root.text = root;
  config.layout = layout;
  return config;
}

std::vector<std::string> ids(const Dataset& dataset) {
  std::vector<std::string> out;
  for (const Case& c : dataset.cases) out.push_back(c.id);
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("AMOS 2022: numbered cases, unlabelled test scans, CT below 500", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json", R"({"labels": {"0": "background", "1": "spleen", "10": "pancreas", "2": "right kidney"}})");
  for (const char* name : {"imagesTr/amos_0001", "labelsTr/amos_0001", "imagesTr/amos_0507", "labelsTr/amos_0507", "imagesVa/amos_0008",
                           "labelsVa/amos_0008", "imagesTs/amos_0003", "imagesTs/amos_0600"})
    touch(root.path / (std::string(name) + ".nii.gz"));
  DataConfig config = config_for(root.path);
  Dataset all = find_dataset(config);
  CHECK(ids(all) == Names{"amos_0001", "amos_0003", "amos_0008", "amos_0507", "amos_0600"});
  CHECK(all.cases[0].label == root.path / "labelsTr/amos_0001.nii.gz");
  CHECK(all.cases[1].label.empty());
  CHECK(all.channels == Names{"image"});
  CHECK(all.labels.classes == Names{"background", "spleen", "right kidney", "pancreas"});
  CHECK(all.labels.to_class == std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {2, 2}, {10, 3}});
  config.modality = "ct";
  CHECK(ids(find_dataset(config)) == Names{"amos_0001", "amos_0003", "amos_0008"});
  config.modality = "mr";
  CHECK(ids(find_dataset(config)) == Names{"amos_0507", "amos_0600"});
}

TEST_CASE("nnU-Net raw: channel suffixes, labels by name, an ignore label", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json", R"({"channel_names": {"0": "FLAIR", "1": "T1ce"}, "file_ending": ".nii",
      "labels": {"background": 0, "tumour": 1, "ignore": 2}})");
  for (const char* name : {"imagesTr/a_0000", "imagesTr/a_0001", "labelsTr/a", "imagesTr/._a_0000"})
    touch(root.path / (std::string(name) + ".nii"));
  const Dataset found = find_dataset(config_for(root.path));
  CHECK(ids(found) == Names{"a"});
  CHECK(found.cases[0].channels == std::vector<fs::path>{root.path / "imagesTr/a_0000.nii", root.path / "imagesTr/a_0001.nii"});
  CHECK(found.channels == Names{"FLAIR", "T1ce"});
  CHECK(found.labels.classes == Names{"background", "tumour"});
  CHECK(found.labels.to_class.at(2) == 255);
  fs::remove(root.path / "imagesTr/a_0001.nii");
  CHECK(error_of([&] { find_dataset(config_for(root.path)); }, ErrorKind::data, root.path) ==
        "ROOT: 1 problem; mend the data set or the keys data.layout and data.channels:\n  case a: has 1 channel files, 2 are needed");
}

TEST_CASE("one channel with nnU-Net's suffix, labelled or not", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json", R"({"labels": {"background": 0, "liver": 1}})");
  for (const char* name : {"imagesTr/a_1_0000", "labelsTr/a_1", "imagesTs/b_2_0000"}) touch(root.path / (std::string(name) + ".nii.gz"));
  CHECK(ids(find_dataset(config_for(root.path))) == Names{"a_1", "b_2"});
}

TEST_CASE("without dataset.json images and labels pair by name", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"imagesTr/x.nii.gz", "labelsTr/x.nii", "imagesTr/y.nii"}) touch(root.path / name);
  DataConfig config = config_for(root.path);
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: neither data.labels nor a dataset.json with 'labels' says what the label values mean; set data.labels, e.g. {1: liver}");
  config.labels = {{"1", "liver"}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"x", "y"});
  CHECK(found.cases[0].label.filename() == "x.nii");
  CHECK(found.cases[1].label.empty());
  CHECK(found.lone_labels.empty());
}

TEST_CASE("a label without an image is listed, not passed over", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"imagesTr/x.nii.gz", "labelsTr/x.nii.gz", "labelsTr/y.nii.gz", "labelsTr/._z.nii.gz", "labelsTr/notes.txt"})
    touch(root.path / name);
  DataConfig config = config_for(root.path);
  config.labels = {{"1", "liver"}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"x"});
  CHECK(found.lone_labels == std::vector<fs::path>{root.path / "labelsTr/y.nii.gz"});
}

TEST_CASE("BraTS: suffixes of 2021 and of 2023, subsets, given endings", "[data]") {
  const test::TemporaryFolder root;
  for (const char* s : {"flair", "t1", "t1ce", "t2", "seg"}) touch(root.path / "B_1" / fmt::format("B_1_{}.nii.gz", s));
  for (const char* s : {"t2f", "t1n", "t1c", "t2w"}) touch(root.path / "B-2" / fmt::format("B-2-{}.nii.gz", s));
  touch(root.path / ".trash" / "x");
  DataConfig config = config_for(root.path, "case_folders");
  config.labels = {{"1", "NTC"}, {"3", "NTC"}, {"2", "ED"}, {"4", "ET"}};
  config.channels = {{"t1ce", ""}, {"flair", ""}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"B-2", "B_1"});
  CHECK(found.cases[0].channels[0].filename() == "B-2-t1c.nii.gz");
  CHECK(found.cases[0].label.empty());
  CHECK(found.cases[1].channels[1].filename() == "B_1_flair.nii.gz");
  CHECK(found.cases[1].label.filename() == "B_1_seg.nii.gz");
  CHECK(found.labels.classes == Names{"background", "NTC", "ED", "ET"});
  CHECK(found.labels.to_class == std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {3, 1}, {2, 2}, {4, 3}});
  CHECK(found.labels.to_file == std::vector<int>{0, 1, 2, 4});
  config.channels = {{"flair", "_flair.nii.gz"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: 1 problem; mend the data set or the keys data.layout and data.channels:\n  case B-2: has no file for channel 'flair'");
}

TEST_CASE("a table of cases", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"a_im.nii.gz", "a_seg.nii.gz", "sub dir/b.nii"}) touch(root.path / name);
  DataConfig config = config_for(root.path, "csv");
  config.labels = {{"1", "liver"}};
  const auto table = [&](const std::string& text) { write_file(root.path / "cases.csv", text); };
  table("id,ct,label,split\r\na,a_im.nii.gz,a_seg.nii.gz,train\r\n\"b\",\"sub dir/b.nii\",,\r\n");
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"a", "b"});
  CHECK(found.channels == Names{"ct"});
  CHECK(found.cases[0].channels == std::vector<fs::path>{root.path / "a_im.nii.gz"});
  CHECK(found.cases[0].part == "train");
  CHECK(found.cases[1].label.empty());
  const auto message = [&] { return error_of([&] { find_dataset(config); }, ErrorKind::data, root.path); };
  table("id,ct,label\na,a_im.nii.gz\n");
  CHECK(message() == "ROOT/cases.csv:2: has 2 values, the first line names 3 columns; mend the line");
  table("id,ct,label\na,gone.nii,a_seg.nii.gz\n");
  CHECK(message() ==
        "ROOT: 1 problem; mend the data set or the keys data.layout and data.channels:\n  case a: ROOT/gone.nii does not exist");
  table("name,ct\na,a_im.nii.gz\n");
  CHECK(message() == "ROOT/cases.csv: has no column 'id'; the columns are id, one per channel, label and optionally split");
  table("id,ct,split\na,a_im.nii.gz,trian\n");
  CHECK(message() == "ROOT/cases.csv:2: the split 'trian' of case a is none of train, validation and test");
}

TEST_CASE("what a layout refuses", "[data]") {
  const test::TemporaryFolder root;
  DataConfig config;
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config) ==
        "data.root is empty: set it to the data set's folder, e.g. --set data.root=/data/amos22");
  config = config_for(root.path / "gone");
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) == "ROOT/gone: data.root is no folder; correct the path");
  config = config_for(root.path, "case_folders");
  config.labels = {{"1", "NTC"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config).starts_with("data.channels is empty"));
  config.channels = {{"flair", ""}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: holds no case for data.layout: case_folders; check the folder and the layout");
  config.layout = "dataset_json";
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: has no folder imagesTr, so it is not of data.layout: dataset_json");
}

TEST_CASE("label maps that do not make sense", "[data]") {
  const auto message = [](const Pairs& labels) { return error_of([&] { label_map(labels); }, ErrorKind::config); };
  CHECK(message({{"one", "liver"}}) == "data.labels: 'one' is not a label value; it maps values to names, e.g. {1: liver}");
  CHECK(message({{"1", ""}}) == "data.labels: the value 1 has no name");
  CHECK(message({{"0", "background"}}) == "data.labels names no class besides background");
}
