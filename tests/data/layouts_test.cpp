#include "data/layouts.h"

#include "data/support.h"
#include "prep/verify.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace fs = std::filesystem;
using namespace seg;
using test::error_of;
using test::touch;

namespace {

DataConfig config_for(const fs::path& root, Layout layout = Layout::dataset_json) {
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

const std::string one_problem =
    "ROOT: 1 problem; mend the data set or the keys data.layout and data.channels:\n  case ";

// "kind severity id: detail" of every problem, ROOT for the folder.
Names verified(const Dataset& dataset, const fs::path& root) {
  Names all;
  for (const Problem& p : layout_problems(dataset)) {
    std::string text = fmt::format(
        "{} {} {}: {}", description_of(p.kind).id,
        description_of(p.kind).severity == Severity::error ? "error" : "warning", p.id, p.detail);
    if (const auto at = text.find(root.string()); at != std::string::npos)
      text.replace(at, root.string().size(), "ROOT");
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_CASE("AMOS 2022: numbered cases, unlabelled test scans, CT up to 500", "[data]") {
  const test::TemporaryFolder root;
  write_file(
      root.path / "dataset.json",
      R"({"labels": {"0": "background", "1": "spleen", "10": "pancreas", "2": "right kidney"}})");
  for (const char* name : {"imagesTr/amos_0001", "labelsTr/amos_0001", "imagesTr/amos_0507",
                           "labelsTr/amos_0507", "imagesVa/amos_0008", "labelsVa/amos_0008",
                           "imagesTs/amos_0003", "imagesTs/amos_0500", "imagesTs/amos_0600"})
    touch(root.path / (std::string(name) + ".nii.gz"));
  DataConfig config = config_for(root.path);
  Dataset all = find_dataset(config);
  CHECK(ids(all) ==
        Names{"amos_0001", "amos_0003", "amos_0008", "amos_0500", "amos_0507", "amos_0600"});
  CHECK(all.cases[0].label == root.path / "labelsTr/amos_0001.nii.gz");
  CHECK(all.cases[1].label.empty());
  CHECK(all.channels == Names{"image"});
  CHECK(all.labels.classes == Names{"background", "spleen", "right kidney", "pancreas"});
  CHECK(all.labels.to_class == std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {2, 2}, {10, 3}});
  config.modality = Modality::ct;
  CHECK(ids(find_dataset(config)) == Names{"amos_0001", "amos_0003", "amos_0008", "amos_0500"});
  config.modality = Modality::mr;
  CHECK(ids(find_dataset(config)) == Names{"amos_0507", "amos_0600"});
}

TEST_CASE("AMOS's organs have one name each, however a data set spells them", "[data]") {
  const Names mine = {"background",
                      "spleen",
                      "right kidney",
                      "left kidney",
                      "gallbladder",
                      "esophagus",
                      "liver",
                      "stomach",
                      "aorta",
                      "postcava",
                      "pancreas",
                      "right adrenal gland",
                      "left adrenal gland",
                      "duodenum",
                      "bladder",
                      "prostate/uterus"};
  const test::TemporaryFolder root;
  touch(root.path / "imagesTr/amos_0001.nii.gz");
  const auto classes = [&](auto spelling) {
    nlohmann::json labels;
    for (std::size_t i = 0; i < mine.size(); ++i) labels[std::to_string(i)] = spelling(mine[i]);
    write_file(root.path / "dataset.json", nlohmann::json({{"labels", labels}}).dump());
    return find_dataset(config_for(root.path)).labels.classes;
  };
  CHECK(classes([](const std::string& name) { return name; }) == mine);
  CHECK(classes([](const std::string& name) {  // as AMOS 2022 has them
          return name == "aorta" ? "arota" : name == "gallbladder" ? "gall bladder" : name;
        }) == mine);
  CHECK(classes([](std::string name) {
          for (char& c : name) c = c == ' ' || c == '/' ? '_' : c;
          return name;
        }) == mine);
  CHECK(classes([](const std::string& name) {
          return name == "postcava" ? "vena_cava" : name == "aorta" ? "arota" : name;
        })[8] == "arota");  // other labels than AMOS's keep their names
}

TEST_CASE("nnU-Net raw: channel suffixes, labels by name, an ignore label", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json",
             R"({"channel_names": {"0": "FLAIR", "1": "T1ce"}, "file_ending": ".nii",
      "labels": {"background": 0, "tumour": 1, "ignore": 2}})");
  for (const char* name : {"imagesTr/a_0000", "imagesTr/a_0001", "labelsTr/a", "imagesTr/._a_0000"})
    touch(root.path / (std::string(name) + ".nii"));
  const Dataset found = find_dataset(config_for(root.path));
  CHECK(ids(found) == Names{"a"});
  CHECK(found.cases[0].channels == std::vector<fs::path>{root.path / "imagesTr/a_0000.nii",
                                                         root.path / "imagesTr/a_0001.nii"});
  CHECK(found.channels == Names{"FLAIR", "T1ce"});
  CHECK(found.labels.classes == Names{"background", "tumour"});
  CHECK(found.labels.to_class.at(2) == 255);
  fs::remove(root.path / "imagesTr/a_0001.nii");
  CHECK(error_of([&] { find_dataset(config_for(root.path)); }, ErrorKind::data, root.path) ==
        one_problem + "a: has no file a_0001 (channel 'T1ce')");
}

TEST_CASE("channels go by the number in their file's name", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name :
       {"imagesTr/a_0000", "imagesTr/a_0001", "imagesTr/a_0002", "imagesTr/a_0007", "labelsTr/a"})
    touch(root.path / (std::string(name) + ".nii.gz"));
  const std::string labels = R"("labels": {"0": "background", "1": "tumour"})";
  write_file(root.path / "dataset.json",
             R"({"channel_names": {"0": "FLAIR", "1": "T1", "2": "T1ce"}, )" + labels + "}");
  DataConfig config = config_for(root.path);
  const auto files = [&] {
    Names names;
    const Dataset found = find_dataset(config);
    REQUIRE(ids(found) == Names{"a"});
    for (const fs::path& file : found.cases[0].channels) names.push_back(file.filename().string());
    return names;
  };
  CHECK(files() == Names{"a_0000.nii.gz", "a_0001.nii.gz", "a_0002.nii.gz"});
  config.channels = {{"T1ce", ""}, {"FLAIR", ""}};
  CHECK(files() == Names{"a_0002.nii.gz", "a_0000.nii.gz"});
  config.channels = {{"T1ce", ""}};
  CHECK(files() == Names{"a_0002.nii.gz"});
  config.channels = {{"T2", ""}, {"T1", ""}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config) ==
        "data.channels: dataset.json does not list T2; it lists FLAIR, T1, T1ce");
  write_file(root.path / "dataset.json", "{" + labels + "}");
  CHECK(files() == Names{"a_0000.nii.gz", "a_0001.nii.gz"});
  config.channels = {};
  CHECK(files() == Names{"a_0000.nii.gz"});
  write_file(root.path / "dataset.json", R"({"channel_names": {"FLAIR": 0}, )" + labels + "}");
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: 'channel_names' of dataset.json must map channel numbers to names ('FLAIR' is no "
        "number); correct it");
}

TEST_CASE("more than ten channels stay in the order of their numbers", "[data]") {
  const test::TemporaryFolder root;
  std::string names;
  for (int n = 0; n < 12; ++n) {
    names += fmt::format(R"({}"{}": "c{}")", n ? ", " : "", n, n);
    touch(root.path / fmt::format("imagesTr/a_{:04}.nii", n));
  }
  write_file(root.path / "dataset.json",
             R"({"labels": {"1": "x"}, "channel_names": {)" + names + "}}");
  const Dataset found = find_dataset(config_for(root.path));
  CHECK(found.channels[10] == "c10");
  CHECK(found.cases[0].channels[2].filename() == "a_0002.nii");
}

TEST_CASE("a missing channel does not shift the others, two files for one are told", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json",
             R"({"channel_names": {"0": "FLAIR", "1": "T1"}, "labels": {"tumour": 1}})");
  for (const char* name : {"imagesTr/a_0001.nii", "labelsTr/a.nii"}) touch(root.path / name);
  const DataConfig config = config_for(root.path);
  const auto message = [&] {
    return error_of([&] { find_dataset(config); }, ErrorKind::data, root.path);
  };
  CHECK(message() == one_problem + "a: has no file a_0000 (channel 'FLAIR')");
  const Dataset kept = find_dataset(config, Incomplete::keep);
  CHECK(kept.cases[0].channels == std::vector<fs::path>{"", root.path / "imagesTr/a_0001.nii"});
  touch(root.path / "imagesTr/a_0000.nii");
  touch(root.path / "imagesTr/a_0001.nii.gz");
  CHECK(message() ==
        one_problem + "a: a_0001.nii.gz is channel 'T1' as a_0001.nii is; remove one of them");
}

TEST_CASE("numbered cases of one channel are cases, not channels", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json", R"({"modality": {"0": "CT"}, "labels": {"1": "liver"}})");
  for (const char* name :
       {"imagesTr/scan_0001", "labelsTr/scan_0001", "imagesTs/scan_0000", "imagesTs/scan_0002"})
    touch(root.path / (std::string(name) + ".nii.gz"));
  CHECK(ids(find_dataset(config_for(root.path))) == Names{"scan_0000", "scan_0001", "scan_0002"});
}

TEST_CASE("dataset.json's file_ending says which files are read", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name :
       {"imagesTr/a.nii.gz", "labelsTr/a.nii.gz", "imagesTr/a.nii", "labelsTr/a.nii"})
    touch(root.path / name);
  const auto describe = [&](const std::string& ending) {
    write_file(root.path / "dataset.json",
               R"({"labels": {"1": "liver"}, "file_ending": ")" + ending + "\"}");
  };
  for (const char* ending : {".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"}) {
    for (const char* name : {"imagesTr/a", "labelsTr/a"})
      touch(root.path / (std::string(name) + ending));
    describe(ending);
    const Dataset found = find_dataset(config_for(root.path));
    CHECK(found.cases[0].channels[0] == root.path / (std::string("imagesTr/a") + ending));
    CHECK(found.cases[0].label == root.path / (std::string("labelsTr/a") + ending));
  }
  describe(".png");
  CHECK(error_of([&] { find_dataset(config_for(root.path)); }, ErrorKind::data, root.path) ==
        "ROOT: 'file_ending' of dataset.json is .png, but only .nii.gz, .nii, .nrrd, .nhdr, .mha, "
        ".mhd are read; convert the volumes");
}

TEST_CASE("what verify reports of the files themselves", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json",
             R"({"channel_names": {"0": "FLAIR", "1": "T1"}, "labels": {"tumour": 1}})");
  for (const char* name : {"imagesTr/a_0000.nii", "imagesTr/a_0001.nii", "imagesTr/a_0001.nii.gz",
                           "imagesTr/b_0000.nii", "imagesTr/c_0000.nii", "imagesTr/c_0001.nii",
                           "labelsTr/a.nii", "labelsTr/z.nii"})
    touch(root.path / name);
  CHECK(verified(find_dataset(config_for(root.path), Incomplete::keep), root.path) ==
        Names{"two-files error a: is channel 'T1' as a_0001.nii is; remove one of them",
              "missing-channel error b: has no file b_0001 (channel 'T1')",
              "lone-label warning z: has no image", "no-label warning : 2 of 3 cases: b, c"});
  touch(root.path / "table/i.nii");
  write_file(root.path / "table/cases.csv",
             "id,ct,mr,label\na,gone.nii,,i.nii\nb,i.nii,i.nii,gone.nii\n");
  DataConfig config = config_for(root.path / "table", Layout::csv);
  config.labels = {{"1", "liver"}};
  const Dataset table = find_dataset(config, Incomplete::keep);
  CHECK(verified(table, root.path) ==
        Names{"missing-channel error a: ROOT/table/gone.nii does not exist",
              "missing-channel error a: has no file in column 'mr'",
              "missing-channel error b: ROOT/table/gone.nii does not exist"});
  std::vector<Case> cases;
  for (const Case& c : table.cases) cases.push_back({c.id, c.channels, c.label});
  const VerifyReport report =
      verify(cases, {}, table.labels.to_class, table.labels.classes, layout_problems(table));
  CHECK(std::count_if(report.problems.begin(), report.problems.end(), [](const Problem& p) {
          return p.kind == ProblemKind::missing_channel;
        }) == 3);  // none of them told twice
}

TEST_CASE("one channel with nnU-Net's suffix, labelled or not", "[data]") {
  const test::TemporaryFolder root;
  write_file(root.path / "dataset.json", R"({"labels": {"background": 0, "liver": 1}})");
  for (const char* name : {"imagesTr/a_1_0000", "labelsTr/a_1", "imagesTs/b_2_0000"})
    touch(root.path / (std::string(name) + ".nii.gz"));
  CHECK(ids(find_dataset(config_for(root.path))) == Names{"a_1", "b_2"});
}

TEST_CASE("without dataset.json images and labels pair by name", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"imagesTr/x.nii.gz", "labelsTr/x.nii", "imagesTr/y.nii"})
    touch(root.path / name);
  DataConfig config = config_for(root.path);
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: neither data.labels nor a dataset.json with 'labels' says what the label values "
        "mean; set data.labels, e.g. {1: liver}");
  config.labels = {{"1", "liver"}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"x", "y"});
  CHECK(found.cases[0].label.filename() == "x.nii");
  CHECK(found.cases[1].label.empty());
  CHECK(found.lone_labels.empty());
}

TEST_CASE("a label without an image is listed, not passed over", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"imagesTr/x.nii.gz", "labelsTr/x.nii.gz", "labelsTr/y.nii.gz",
                           "labelsTr/._z.nii.gz", "labelsTr/notes.txt"})
    touch(root.path / name);
  DataConfig config = config_for(root.path);
  config.labels = {{"1", "liver"}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"x"});
  CHECK(found.lone_labels == std::vector<fs::path>{root.path / "labelsTr/y.nii.gz"});
}

TEST_CASE("BraTS: suffixes of 2021 and of 2023, subsets, given endings", "[data]") {
  const test::TemporaryFolder root;
  for (const char* s : {"flair", "t1", "t1ce", "t2", "seg"})
    touch(root.path / "B_1" / fmt::format("B_1_{}.nii.gz", s));
  for (const char* s : {"t2f", "t1n", "t1c", "t2w"})
    touch(root.path / "B-2" / fmt::format("B-2-{}.nii.gz", s));
  touch(root.path / ".trash" / "x");
  DataConfig config = config_for(root.path, Layout::case_folders);
  config.labels = {{"1", "NTC"}, {"3", "NTC"}, {"2", "ED"}, {"4", "ET"}};
  config.channels = {{"t1ce", ""}, {"flair", ""}};
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"B-2", "B_1"});
  CHECK(found.cases[0].channels[0].filename() == "B-2-t1c.nii.gz");
  CHECK(found.cases[0].label.empty());
  CHECK(found.cases[1].channels[1].filename() == "B_1_flair.nii.gz");
  CHECK(found.cases[1].label.filename() == "B_1_seg.nii.gz");
  CHECK(found.labels.classes == Names{"background", "NTC", "ED", "ET"});
  CHECK(found.labels.to_class ==
        std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {3, 1}, {2, 2}, {4, 3}});
  CHECK(found.labels.to_file == std::vector<int>{0, 1, 2, 4});
  config.channels = {{"flair", "_flair.nii.gz"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        one_problem + "B-2: has no file for channel 'flair'");
}

TEST_CASE("BraTS: a folder without a volume is no case, and is told", "[data]") {
  const test::TemporaryFolder root;
  for (const char* s : {"flair", "seg"}) touch(root.path / "a" / fmt::format("a_{}.nii.gz", s));
  fs::create_directories(root.path / "logs" / "deeper");
  touch(root.path / "notes" / "readme.txt");
  DataConfig config = config_for(root.path, Layout::case_folders);
  config.labels = {{"1", "NTC"}};
  config.channels = {{"flair", ""}};
  CHECK(ids(find_dataset(config)) == Names{"a"});
  CHECK(verified(find_dataset(config, Incomplete::keep), root.path) ==
        Names{"empty-folder warning logs: no volume", "empty-folder warning notes: no volume"});
}

TEST_CASE("a table of cases", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"a_im.nii.gz", "a_seg.nii.gz", "sub dir/b.nii"}) touch(root.path / name);
  DataConfig config = config_for(root.path, Layout::csv);
  config.labels = {{"1", "liver"}};
  const auto table = [&](const std::string& text) { write_file(root.path / "cases.csv", text); };
  table("id,ct,label,split\r\na,a_im.nii.gz,a_seg.nii.gz,train\r\n\"b\",\"sub dir/b.nii\",,\r\n");
  const Dataset found = find_dataset(config);
  CHECK(ids(found) == Names{"a", "b"});
  CHECK(found.channels == Names{"ct"});
  CHECK(found.cases[0].channels == std::vector<fs::path>{root.path / "a_im.nii.gz"});
  CHECK(found.cases[0].part == SplitPart::train);
  CHECK(found.cases[1].label.empty());
  const auto message = [&] {
    return error_of([&] { find_dataset(config); }, ErrorKind::data, root.path);
  };
  table("id,ct,label\na,a_im.nii.gz\n");
  CHECK(message() ==
        "ROOT/cases.csv:2: has 2 values, the first line names 3 columns; mend the line");
  table("id,ct,label\na,gone.nii,a_seg.nii.gz\n");
  CHECK(message() == one_problem + "a: ROOT/gone.nii does not exist");
  table("name,ct\na,a_im.nii.gz\n");
  CHECK(message() ==
        "ROOT/cases.csv: has no column 'id'; add it (the columns are id, one per channel, label "
        "and optionally split)");
  table("id,ct,split\na,a_im.nii.gz,trian\n");
  CHECK(message() ==
        "ROOT/cases.csv:2: the split 'trian' of case a is none of train, validation and test; "
        "correct it");
  for (const std::string id : {"a/b", ".a", "../a"}) {
    table("id,ct\nfine,a_im.nii.gz\n" + id + ",a_im.nii.gz\n");
    CHECK(
        message() ==
        "ROOT/cases.csv:3: the id '" + id +
            "' holds a '/' or begins with a dot; rename the case, whose files are named after it");
  }
  table("id,ct\na,a_im.nii.gz\na,sub dir/b.nii\n");
  CHECK(message() ==
        "ROOT: the case a is there twice (ROOT/a_im.nii.gz and ROOT/sub dir/b.nii); remove or "
        "rename one");
}

TEST_CASE("a table as RFC 4180 has it, and what is none", "[data]") {
  const test::TemporaryFolder root;
  touch(root.path / "a,\nb.nii");
  DataConfig config = config_for(root.path, Layout::csv);
  config.labels = {{"1", "liver"}};
  const auto table = [&](const std::string& text) { write_file(root.path / "cases.csv", text); };
  table("id,ct\n\n\"the \"\"first\"\"\",\"a,\nb.nii\"\nsecond,gone.nii\n");
  const auto message = [&] {
    return error_of([&] { find_dataset(config); }, ErrorKind::data, root.path);
  };
  CHECK(message() == one_problem + "second: ROOT/gone.nii does not exist");
  table("id,ct\n\"the \"\"first\"\"\",\"a,\nb.nii\"\r\n");
  CHECK(ids(find_dataset(config)) == Names{"the \"first\""});
  CHECK(find_dataset(config).cases[0].channels[0] == root.path / "a,\nb.nii");
  table("id,ct\n\"a\nb\",x\n\"c,x\n");
  CHECK(message() == "ROOT/cases.csv:4: has a double quote that does not end; mend the line");
  for (const char* value : {"a\"b", "\"a\"b", "a\"\""}) {
    table("id,ct\n" + std::string(value) + ",x\n");
    CHECK(message() ==
          "ROOT/cases.csv:2: has a double quote inside a value; put the value in double quotes and "
          "write \"\" for one inside");
  }
  table("id,ct,ct\na,x,y\n");
  CHECK(message() == "ROOT/cases.csv:1: has two columns 'ct'; rename one");
  table("id,ct\nNiere\xfc,x\n");
  CHECK(message() == "ROOT/cases.csv: is not UTF-8; save it as UTF-8");
  table(std::string("id,ct\na\0,x\n", 11));
  CHECK(message() == "ROOT/cases.csv: holds a NUL character; remove it");
}

TEST_CASE("two label files of one case are a problem, not a choice", "[data]") {
  const test::TemporaryFolder root;
  for (const char* name : {"imagesTr/x.nii.gz", "labelsTr/x.nii.gz", "labelsTr/x.nii"})
    touch(root.path / name);
  DataConfig config = config_for(root.path);
  config.labels = {{"1", "liver"}};
  const auto message = [&] {
    return error_of([&] { find_dataset(config); }, ErrorKind::data, root.path);
  };
  CHECK(message() == one_problem + "x: x.nii is the label as x.nii.gz is; remove one of them");
  fs::remove_all(root.path / "imagesTr");
  for (const char* name : {"B/B_flair.nii.gz", "B/B_seg.nii.gz", "B/B-seg.nii.gz"})
    touch(root.path / name);
  fs::remove_all(root.path / "labelsTr");
  config.layout = Layout::case_folders;
  config.channels = {{"flair", ""}};
  CHECK(message() ==
        one_problem + "B: B-seg.nii.gz is channel 'seg' as B_seg.nii.gz is; remove one of them");
  fs::remove(root.path / "B/B-seg.nii.gz");
  touch(root.path / "B/B-t2f.nii.gz");
  CHECK(message() == one_problem +
                         "B: B-t2f.nii.gz is channel 'flair' as B_flair.nii.gz is; remove one of "
                         "them");
}

TEST_CASE("a file name that is not UTF-8 is refused", "[data]") {
  const test::TemporaryFolder root;
  touch(root.path / "imagesTr/Niere\xfc.nii.gz");
  DataConfig config = config_for(root.path);
  config.labels = {{"1", "liver"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: the name of the case Niere\xfc is not UTF-8; rename its files");
}

TEST_CASE("what a layout refuses", "[data]") {
  const test::TemporaryFolder root;
  DataConfig config;
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config) ==
        "data.root is empty: set it to the data set's folder, e.g. --set data.root=/data/amos22");
  config = config_for(root.path / "gone");
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT/gone: data.root is no folder; correct the path");
  config = config_for(root.path, Layout::case_folders);
  config.labels = {{"1", "NTC"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config)
            .starts_with("data.channels is empty"));
  config.channels = {{"flair", ""}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: holds no case for data.layout: case_folders; check the folder and the layout");
  config.layout = Layout::dataset_json;
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::data, root.path) ==
        "ROOT: has no folder imagesTr, which data.layout: dataset_json needs; correct data.root or "
        "data.layout");
  config.channels = {{"flair", "_flair.nii.gz"}};
  CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config)
            .starts_with("data.channels: flair: _flair.nii.gz is the ending of a file"));
  for (const Layout layout : {Layout::case_folders, Layout::csv}) {
    config.layout = layout;
    config.modality = Modality::ct;
    CHECK(error_of([&] { find_dataset(config); }, ErrorKind::config) ==
          fmt::format("data.modality: ct selects AMOS scans, which data.layout: {} does not know; "
                      "set it to all",
                      word_of(layout)));
  }
}

TEST_CASE("label maps that do not make sense", "[data]") {
  const auto message = [](const Pairs& labels) {
    return error_of([&] { label_map(labels); }, ErrorKind::config);
  };
  CHECK(message({{"one", "liver"}}) ==
        "data.labels: 'one' is not a label value; it maps values to names, e.g. {1: liver}");
  CHECK(message({{"1", "liver"}, {"01", "spleen"}}) ==
        "data.labels: the value 1 stands twice, as '1' and '01'; remove one");
  CHECK(message({{"1", ""}}) == "data.labels: the value 1 has no name; give it one");
  CHECK(message({{"0", "background"}}) ==
        "data.labels names no class besides background; name one");
  for (const std::string name : {"ignore", "liver"})
    CHECK(message({{"0", name}, {"1", "x"}}) ==
          "data.labels: the value 0 is named '" + name +
              "', but 0 is always the background; leave it out or name it background");
}

TEST_CASE("labels of dataset.json that would not be obeyed", "[data]") {
  const test::TemporaryFolder root;
  touch(root.path / "imagesTr/a.nii");
  const auto message = [&](const std::string& labels, ErrorKind kind = ErrorKind::data) {
    write_file(root.path / "dataset.json", "{\"labels\": " + labels + "}");
    return error_of([&] { find_dataset(config_for(root.path)); }, kind, root.path);
  };
  CHECK(message(R"({"background": 0, "liver": 1, "tumour": 1})") ==
        "ROOT: 'labels' of dataset.json calls the value 1 both 'liver' and 'tumour'; correct it, "
        "or set data.labels");
  CHECK(message(R"({"1": "liver", "1": "spleen"})") ==
        "ROOT/dataset.json: the key '1' stands twice in one object; remove one");
  CHECK(message(R"({"1": "liver"}, "channel_names": {"0": "CT", "00": "MR"})") ==
        "ROOT: dataset.json names the channel 0 twice ('CT' and 'MR'); remove one");
  CHECK(message(R"({"background": 0, "whole tumour": [1, 2], "core": [2]})") ==
        "ROOT: 'labels' of dataset.json holds regions ('core' is a list of values); set "
        "data.labels to the classes, and the regions in "
        "evaluation.regions");
  CHECK(message(R"({"liver": 1.5})") ==
        "ROOT: 'labels' of dataset.json must map a value to a name or a name to a value ('liver' "
        "does neither); correct it");
  CHECK(message(R"({"liver": 0, "spleen": 1})", ErrorKind::config) ==
        "ROOT/dataset.json: 'labels': the value 0 is named 'liver', but 0 is always the "
        "background; leave it out or name it background");
}
