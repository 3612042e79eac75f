// The scripts that make a download ready, on fakes of its shape.
#include "config/config.h"
#include "core/files.h"
#include "data/layouts.h"
#include "data/split.h"
#include "image/support.h"
#include "support/catch.h"
#include "support/commands.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;
using seg::test::gzip, seg::test::RawHeader;
using seg::test::no_python, seg::test::Outcome, seg::test::run_command;

// `script SOURCE DEST more`, the script from the source folder above the test program.
Outcome script(const std::string& name, const fs::path& source, const fs::path& dest,
               const std::string& more = "") {
  const fs::path folder = seg::test::source_folder("data_scripts");
  const std::string file = (folder / "data_scripts" / name).string();
  return run_command(
      fmt::format("python3 -B {} {} {} {}", file, source.string(), dest.string(), more));
}

// 4 x 3 x 2 voxels; `last` is the value of one of them.
std::string volume(int last) {
  std::vector<std::int16_t> voxels(24, 0);
  voxels[5] = 1;
  voxels[23] = static_cast<std::int16_t>(last);
  return gzip(RawHeader().type(4).with(voxels));
}

void put(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  seg::test::put_file(file, bytes);
}

std::string amos_name(int number) { return fmt::format("amos_{:04}.nii.gz", number); }

void put_scan(const fs::path& root, const std::string& part, int number, int last = 15) {
  put(root / ("images" + part) / amos_name(number), volume(900));
  put(root / ("labels" + part) / amos_name(number), volume(last));
}

// Labelled CT 1 to `ct`, every third in the validation folder; two labelled MR; two scans of the
// test folder, one of them with a label.
void put_amos(const fs::path& root, int ct) {
  for (int i = 1; i <= ct; ++i) put_scan(root, i % 3 ? "Tr" : "Va", i);
  put_scan(root, "Tr", 507);
  put_scan(root, "Va", 600);
  put_scan(root, "Ts", 400);
  put(root / "imagesTs" / amos_name(401), volume(900));
  put(root / "imagesTr/._amos_0001.nii.gz", "not an image");
  put(root / "labelsTr/._amos_0001.nii.gz", "not a label");
  put(root / "dataset.json", "{}");
}

// Every case's files are hard links to the same.
void put_brats(const fs::path& root, int cases) {
  put(root / "volume", volume(4));
  for (int i = 0; i < cases; ++i) {
    const std::string id = fmt::format("BraTS2021_{:05}", i);
    fs::create_directories(root / "training" / id);
    for (const std::string kind : {"flair", "t1", "t1ce", "t2", "seg"})
      fs::create_hard_link(root / "volume", root / "training" / id / (id + "_" + kind + ".nii.gz"));
  }
}

// Likewise of 2023; patients 0 and 1 have two scans.
void put_gliomas(const fs::path& root, int cases) {
  put(root / "volume", volume(3));
  for (int i = 0; i < cases; ++i) {
    const std::string id =
        fmt::format("BraTS-GLI-{:05}-{:03}", i < 4 ? i / 2 : i, i < 4 ? i % 2 : 0);
    fs::create_directories(root / id);
    for (const std::string kind : {"t2f", "t1n", "t1c", "t2w", "seg"})
      fs::create_hard_link(root / "volume", root / id / (id + "-" + kind + ".nii.gz"));
  }
}

// What segtrain draws from a folder with its own configuration and these settings.
nlohmann::json drawn_by_segtrain(const std::string& config_name, const fs::path& root,
                                 const std::string& counts) {
  const fs::path configs = seg::test::source_folder("configs") / "configs";
  const seg::Config config = seg::load_config(
      (configs / config_name).string(), {"data.root=" + root.string(), "data.split=" + counts});
  return nlohmann::json::parse(
      seg::split_json(seg::make_split(config.data, seg::find_dataset(config.data).cases)));
}

nlohmann::json json_of(const fs::path& file) { return nlohmann::json::parse(seg::read_file(file)); }

Names names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return {names.begin(), names.end()};
}

Names lines_of(const fs::path& file) {
  std::ifstream in(file);
  Names lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The parts' sizes are `counts`; no id is in two of them. Returns all ids.
std::set<std::string> check_split(const nlohmann::json& split,
                                  const std::vector<std::size_t>& counts) {
  CHECK(split.size() == 3);
  std::set<std::string> ids;
  std::size_t i = 0;
  for (const char* part : {"train", "validation", "test"}) {
    CHECK(split.at(part).size() == counts[i++]);
    for (const std::string id : split.at(part)) CHECK(ids.insert(id).second);
  }
  return ids;
}

// An absolute link to the file, not to a link.
void check_link(const fs::path& link, const fs::path& source) {
  INFO(link.string());
  REQUIRE(fs::is_symlink(link));
  CHECK(fs::read_symlink(link) == fs::canonical(source));
}

// Exit code 1, each of `says` in the output, and nothing new in the folder that DEST is in.
void refused(const Outcome& outcome, const fs::path& dest, const Names& says) {
  INFO(outcome.text);
  CHECK(outcome.code == 1);
  for (const std::string& part : says) {
    INFO(part);
    CHECK(outcome.text.find(part) != std::string::npos);
  }
  CHECK(outcome.text.find("Traceback") == std::string::npos);
  CHECK_FALSE(fs::exists(dest));
  const std::string temporary = "." + dest.filename().string();
  for (const std::string& name : names_in(dest.parent_path()))
    CHECK_FALSE(name.starts_with(temporary));
}

}  // namespace

TEST_CASE("AMOS is made ready with a split of the paper's counts", "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22", dest = folder.path / "ready";
  put_amos(source, 224);
  const Outcome outcome = script("prepare_amos.py", source, dest);
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(names_in(dest) ==
        Names{"dataset.json", "imagesTr", "labelsTr", "split.json", "unused.txt"});
  CHECK(names_in(dest / "imagesTr").size() == 226);
  CHECK(names_in(dest / "imagesTr") == names_in(dest / "labelsTr"));
  check_link(dest / "imagesTr/amos_0001.nii.gz", source / "imagesTr/amos_0001.nii.gz");
  check_link(dest / "labelsTr/amos_0003.nii.gz", source / "labelsVa/amos_0003.nii.gz");
  check_link(dest / "imagesTr/amos_0600.nii.gz", source / "imagesVa/amos_0600.nii.gz");

  const auto used = check_split(json_of(dest / "split.json"), {180, 20, 21});
  const Names unused = lines_of(dest / "unused.txt");
  CHECK(unused.size() == 5);
  CHECK(Names(unused.end() - 2, unused.end()) == Names{"amos_0507", "amos_0600"});
  for (const std::string& id : unused) CHECK_FALSE(used.contains(id));
  for (const std::string& id : used) CHECK(fs::exists(dest / "labelsTr" / (id + ".nii.gz")));

  const auto description = json_of(dest / "dataset.json");
  CHECK(description["labels"].size() == 16);
  CHECK(description["labels"]["background"] == 0);
  CHECK(description["labels"]["pancreas"] == 10);
  CHECK(description["labels"]["prostate/uterus"] == 15);
  CHECK(description["labels"]["right kidney"] == 2);
  CHECK(description["labels"]["aorta"] == 8);
  CHECK(description["channel_names"]["0"] == "CT");
  CHECK(description["file_ending"] == ".nii.gz");
  const std::string command =
      "segtrain --config amos_cwcd.yaml --set data.root=" + fs::canonical(dest).string();
  for (const std::string& says :
       {std::string("224 CT and 2 MR"), std::string("(3 CT, 2 MR"), command})
    CHECK(outcome.text.find(says) != std::string::npos);
}

TEST_CASE("the same seed draws the same split, now and later", "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22";
  put_amos(source, 8);
  const auto split = [&](const std::string& name, const std::string& more) {
    const Outcome outcome =
        script("prepare_amos.py", source, folder.path / name, "--counts 3 1 2 " + more);
    INFO(outcome.text);
    REQUIRE(outcome.code == 0);
    return json_of(folder.path / name / "split.json");
  };
  const auto first = split("a", "");
  CHECK(first["train"] == Names{"amos_0001", "amos_0002", "amos_0008"});
  CHECK(first["validation"] == Names{"amos_0003"});
  CHECK(first["test"] == Names{"amos_0004", "amos_0005"});
  CHECK(lines_of(folder.path / "a/unused.txt") ==
        Names{"amos_0006", "amos_0007", "amos_0507", "amos_0600"});
  fs::remove_all(source / "labelsTs");
  fs::create_directories(folder.path / "b");  // an empty DEST is as good as none
  CHECK(split("b", "--seed 0 --no-check") == first);
  CHECK(split("c", "--seed 1") != first);
}

TEST_CASE("the scripts draw what segtrain draws from the download as it is", "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path amos = folder.path / "amos22", brats = folder.path / "brats";
  put_amos(amos, 33);
  put_scan(amos, "Va", 500);
  put(amos / "dataset.json", R"({"labels": {"0": "background", "1": "spleen"}})");
  put_brats(brats, 30);
  for (const std::int64_t seed : {0, 1, 7}) {
    const auto numbers = fmt::format("--counts 20 3 6 --no-check --seed {}", seed);
    const auto counts = fmt::format("{{train: 20, validation: 3, test: 6, seed: {}}}", seed);
    const fs::path ready = folder.path / fmt::format("amos{}", seed),
                   ready_brats = folder.path / fmt::format("brats{}", seed);
    REQUIRE(script("prepare_amos.py", amos, ready, numbers).code == 0);
    REQUIRE(script("prepare_brats.py", brats, ready_brats, numbers).code == 0);
    const auto split = json_of(ready / "split.json");
    CHECK(split == drawn_by_segtrain("amos.yaml", amos, counts));
    CHECK(split == drawn_by_segtrain("amos.yaml", ready, counts));
    CHECK(split == drawn_by_segtrain("amos.yaml", amos, (ready / "split.json").string()));
    CHECK(json_of(ready_brats / "split.json") ==
          drawn_by_segtrain("brats.yaml", brats / "training", counts));
  }
}

TEST_CASE("amos_0500 is a CT", "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22";
  put_amos(source, 5);
  put_scan(source, "Tr", 500);
  const Outcome outcome =
      script("prepare_amos.py", source, folder.path / "ready", "--counts 4 1 1");
  INFO(outcome.text);
  CHECK(outcome.code == 0);
  CHECK(outcome.text.find("6 CT and 2 MR") != std::string::npos);
}

TEST_CASE("a label that lies elsewhere than its image is refused, however the two are written",
          "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22", dest = folder.path / "ready";
  put_amos(source, 8);
  const auto label = [&](int number, const RawHeader& header) {
    const fs::path part = number % 3 ? "labelsTr" : "labelsVa";
    put(source / part / amos_name(number),
        gzip(RawHeader(header).type(4).with(std::vector<std::int16_t>(24, 1))));
  };
  const double root = std::sqrt(0.5);
  // The images: an sform, the identity.
  label(1, RawHeader().qform({0, 0, 0, 0, 0, 0}));
  label(2, RawHeader(2, true).qform({0, 0, 0, 0, 0, 5e-4}));
  label(3, RawHeader().codes(0, 0));
  CHECK(script("prepare_amos.py", source, dest, "--counts 3 1 2").code == 0);
  fs::remove_all(dest);
  label(4, RawHeader().sform({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0.5}}));
  label(5, RawHeader(2).sform({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 2, 0}}));
  label(6, RawHeader().qform({0, 0, root, 0, 0, 0}));
  label(7, RawHeader().qform({0, 0, 0, 0, 0, 0}).pixdim(0, -1));
  label(8, RawHeader().units(1));
  refused(script("prepare_amos.py", source, dest, "--counts 3 1 2 --no-check"), dest,
          {"5 problems,", "amos_0004.nii.gz begins 0.5 mm beside it",
           "amos_0005.nii.gz has a spacing of 1 mm along z, not 2 mm",
           "amos_0006.nii.gz is turned otherwise", "amos_0007.nii.gz is turned otherwise",
           "amos_0008.nii.gz has a spacing of 1 mm along x, not 1000 mm"});
}

TEST_CASE("a bad AMOS download is refused with every problem, and nothing is written",
          "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22", dest = folder.path / "ready";
  put_amos(source, 8);
  const auto prepare = [&](const std::string& more) {
    return script("prepare_amos.py", source, dest, more);
  };
  refused(prepare(""), dest, {"8 found, 221 needed", "--counts T V S"});
  refused(prepare("--counts 0 4 4"), dest, {"--counts"});
  refused(script("prepare_amos.py", folder.path / "elsewhere", dest), dest,
          {"elsewhere", "imagesTr"});

  put_scan(source, "Va", 2);
  fs::remove(source / "imagesTr/amos_0004.nii.gz");
  put(source / "labelsTr/amos_0001.nii.gz", volume(16));
  put(source / "labelsVa/amos_0003.nii.gz",
      gzip(RawHeader().dims({3, 4, 3, 3}).type(2).with(std::vector<char>(36))));
  put(source / "labelsTr/amos_0005.nii.gz", volume(15).substr(0, 60));
  put(source / "imagesVa/amos_0006.nii.gz", "<html>");
  put(source / "labelsTr/amos_0507.nii.gz", gzip(RawHeader().with(std::vector<float>(24, 0.5f))));
  refused(prepare("--counts 3 1 2"), dest,
          {"7 problems, nothing was written", "labelsVa/amos_0002.nii.gz: is there a second time",
           "labelsTr/amos_0004.nii.gz: has no image",
           "amos_0001.nii.gz: holds the value 16, but labels are 0 to 15",
           "labelsVa/amos_0003.nii.gz: is of 4 x 3 x 3 voxels",
           "labelsTr/amos_0005.nii.gz: ends too early", "imagesVa/amos_0006.nii.gz: is damaged",
           "labelsTr/amos_0507.nii.gz: holds the value 0.5"});
}

TEST_CASE("values are read in either byte order and version, and scaled; --no-check leaves them",
          "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "amos22", dest = folder.path / "ready";
  put_amos(source, 8);
  std::vector<std::int16_t> twice(24);
  std::iota(twice.begin(), twice.end(), std::int16_t{0});
  for (std::int16_t& v : twice) v = static_cast<std::int16_t>(v % 16 * 2);
  int number = 0;
  for (const int version : {1, 2})
    for (const bool swap : {false, true}) {
      const std::string part = ++number % 3 ? "labelsTr" : "labelsVa";
      put(source / part / amos_name(number),
          gzip(RawHeader(version, swap).type(4).slope(0.5, 0).with(twice)));
    }
  const Outcome good = script("prepare_amos.py", source, dest, "--counts 3 1 2");
  INFO(good.text);
  REQUIRE(good.code == 0);
  const Outcome again = script("prepare_amos.py", source, dest, "--counts 3 1 2");
  CHECK(again.code == 1);
  CHECK(again.text.find("exists and is not an empty folder") != std::string::npos);
  fs::remove_all(dest);

  twice[7] = 17 * 2;
  put(source / "labelsTr/amos_0004.nii.gz",
      gzip(RawHeader(2, true).type(4).slope(0.5, 0).with(twice)));
  const Outcome bad = script("prepare_amos.py", source, dest, "--counts 3 1 2");
  refused(bad, dest, {"1 problem,", "amos_0004.nii.gz: holds the value 17,"});
  CHECK(script("prepare_amos.py", source, dest, "--counts 3 1 2 --no-check").code == 0);
}

TEST_CASE("BraTS is made ready with a split and links, also from one level deeper",
          "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "brats", dest = folder.path / "ready";
  put_brats(source, 13);
  const Outcome outcome = script("prepare_brats.py", source, dest, "--counts 8 2 3");
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(check_split(json_of(dest / "split.json"), {8, 2, 3}).size() == 13);
  CHECK(names_in(dest).size() == 14);
  CHECK(names_in(dest / "BraTS2021_00007") == names_in(source / "training/BraTS2021_00007"));
  for (const char* file : {"BraTS2021_00007/BraTS2021_00007_t1ce.nii.gz",
                           "BraTS2021_00012/BraTS2021_00012_seg.nii.gz"})
    check_link(dest / file, source / "training" / file);
  CHECK(outcome.text.find("segtrain --config brats_cwcd.yaml") != std::string::npos);

  const Outcome direct = script("prepare_brats.py", source / "training", folder.path / "direct",
                                "--counts 8 2 3 --no-check");
  CHECK(direct.code == 0);
  CHECK(json_of(folder.path / "direct/split.json") == json_of(dest / "split.json"));
}

TEST_CASE("BraTS 2023 is made ready by its own names and labels", "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "gli", dest = folder.path / "ready";
  put_gliomas(source, 8);
  const Outcome outcome = script("prepare_brats.py", source, dest, "--counts 5 1 2");
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.text.find("BraTS 2023 (GLI): 8 cases") != std::string::npos);
  CHECK(outcome.text.find("'data.labels={1: NTC, 2: ED, 3: ET}'") != std::string::npos);
  CHECK(outcome.text.find("warning: 2 patients have several scans") != std::string::npos);
  const std::string counts = "{train: 5, validation: 1, test: 2, seed: 0}";
  CHECK(json_of(dest / "split.json") == drawn_by_segtrain("brats.yaml", dest, counts));
  check_link(dest / "BraTS-GLI-00005-000/BraTS-GLI-00005-000-t2f.nii.gz",
             source / "BraTS-GLI-00005-000/BraTS-GLI-00005-000-t2f.nii.gz");

  put(source / "BraTS-GLI-00005-000/other", volume(4));
  fs::remove(source / "BraTS-GLI-00005-000/BraTS-GLI-00005-000-seg.nii.gz");
  fs::rename(source / "BraTS-GLI-00005-000/other",
             source / "BraTS-GLI-00005-000/BraTS-GLI-00005-000-seg.nii.gz");
  fs::remove_all(dest);
  refused(script("prepare_brats.py", source, dest, "--counts 5 1 2"), dest,
          {"holds the value 4, but labels are 0 to 3"});
  fs::create_directories(source / "BraTS2021_00001");
  refused(script("prepare_brats.py", source, dest, "--counts 5 1 2"), dest,
          {"holds cases of BraTS 2021 and of BraTS 2023 (GLI)"});
}

TEST_CASE("all of BraTS is made ready with the paper's split", "[apps][python][.slow]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "brats", dest = folder.path / "ready";
  put_brats(source, 1251);
  const Outcome outcome = script("prepare_brats.py", source, dest);
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(check_split(json_of(dest / "split.json"), {800, 200, 251}).size() == 1251);
  CHECK(names_in(dest).size() == 1252);
}

TEST_CASE("a bad BraTS download is refused with every problem, and nothing is written",
          "[apps][python]") {
  if (no_python()) SEG_SKIP("no python3 of at least 3.9");
  const seg::test::TemporaryFolder folder;
  const fs::path source = folder.path / "brats", dest = folder.path / "ready";
  put_brats(source, 6);
  const auto file = [&](int i, const std::string& kind) {
    const std::string id = fmt::format("BraTS2021_{:05}", i);
    return source / "training" / id / (id + "_" + kind + ".nii.gz");
  };
  refused(script("prepare_brats.py", source, dest), dest, {"6 found, 1251 needed"});
  fs::remove(file(1, "seg"));
  put(file(1, "seg"), volume(3));
  refused(
      script("prepare_brats.py", source, dest, "--counts 3 1 2"), dest,
      {"1 problem,", file(1, "seg").string() + ": holds the value 3, but labels are 0, 1, 2, 4"});
  fs::remove(file(2, "t1ce"));
  fs::remove(file(2, "seg"));
  fs::remove(file(4, "flair"));
  refused(script("prepare_brats.py", source, dest, "--counts 3 1 2"), dest,
          {"2 problems,",
           "BraTS2021_00002: lacks BraTS2021_00002_t1ce.nii.gz, BraTS2021_00002_seg.nii.gz;",
           "BraTS2021_00004: lacks BraTS2021_00004_flair.nii.gz;"});
  refused(script("prepare_brats.py", folder.path / "elsewhere", dest), dest, {"elsewhere"});
}
