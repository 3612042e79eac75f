// A data set with one fault per case: each must be found, and nothing else.
#include "prep/verify.h"
#include "image/support.h"
#include "prep/cache.h"
#include "support/errors.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <limits>
#include <set>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

const std::map<int, std::uint8_t> ignoring_nine = {{0, 0}, {1, 1}, {2, 2}, {9, 255}};
const std::vector<std::string> classes = {"background", "liver", "spleen"};

std::vector<float> noise(int seed, std::size_t n = 24) {
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i)
    v[i] = static_cast<float>((i + 1) * static_cast<std::size_t>(seed + 3) * 2654435761u % 1000);
  return v;
}

std::vector<float> label_values() {
  std::vector<float> v(24, 0);
  v[1] = 1;
  v[2] = 2;
  v[3] = 9;
  return v;
}

// A sound case with two channels and a label; a test then spoils one of its files.
Case sound_case(const fs::path& folder, const std::string& id, int seed) {
  const Case c{
      id, {folder / (id + "_a.nii"), folder / (id + "_b.nii.gz")}, folder / (id + "_seg.nii")};
  put_file(c.channels[0], RawHeader().with(noise(2 * seed)));
  put_file(c.channels[1], gzip(RawHeader().with(noise(2 * seed + 1))));
  put_file(c.label, RawHeader().with(label_values()));
  return c;
}

// "case kind" of every problem.
std::multiset<std::string> found(const VerifyReport& report) {
  std::multiset<std::string> all;
  for (const Problem& p : report.problems) all.insert(p.id + " " + description_of(p.kind).id);
  return all;
}

}  // namespace

TEST_CASE("the table of problems is complete and in order", "[prep][verify]") {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < problem_descriptions().size(); ++i) {
    CHECK(static_cast<std::size_t>(problem_descriptions()[i].kind) == i);
    ids.insert(problem_descriptions()[i].id);
  }
  CHECK(ids.size() == problem_descriptions().size());
  CHECK(static_cast<std::size_t>(ProblemKind::orientation_mix) + 1 == ids.size());
}

TEST_CASE("a sound data set has no problem", "[prep][verify]") {
  const TemporaryFolder folder;
  std::vector<Case> cases;
  for (int i = 0; i < 4; ++i) cases.push_back(sound_case(folder.path, fmt::format("c{}", i), i));
  cases.push_back(sound_case(folder.path, "unlabelled", 9));
  cases.back().label.clear();
  const VerifyReport report = verify(cases, {}, ignoring_nine, classes);
  CHECK(found(report).empty());
  CHECK(report.files == 14);
  CHECK(verify_table(report) == "5 cases, 14 files: 0 errors, 0 warnings\n");
}

TEST_CASE("every problem of every case is found, errors apart from warnings", "[prep][verify]") {
  const TemporaryFolder folder;
  std::vector<Case> cases;
  std::multiset<std::string> expected;
  const auto make = [&](const std::string& id) -> Case& {
    cases.push_back(sound_case(folder.path, id, static_cast<int>(cases.size())));
    return cases.back();
  };
  const auto spoil = [&](const std::string& id, const RawHeader& header,
                         std::vector<float> values) {
    put_file(make(id).channels[1], header.with(values));
  };
  const auto spoil_label = [&](const std::string& id, std::size_t voxel, float value) {
    std::vector<float> values = label_values();
    values[voxel] = value;
    put_file(make(id).label, RawHeader().with(values));
  };
  std::vector<float> odd = noise(77);
  odd[4] = std::numeric_limits<float>::quiet_NaN();
  odd[5] = std::numeric_limits<float>::infinity();
  make("absent").channels[1].clear();
  make("gone").channels[1] = folder.path / "gone.nii";
  put_file(make("lfs").channels[0], "version https://git-lfs.github.com/spec/v1\n");
  put_file(make("cut").channels[0], RawHeader().with(noise(50)).substr(0, 400));
  spoil("flat", RawHeader().dims({2, 4, 6}), noise(51));
  spoil("time", RawHeader().dims({4, 4, 3, 1, 2}), noise(52));
  spoil("complex", RawHeader().type(32), noise(53));
  spoil("thin", RawHeader().pixdim(3, 0), noise(54));
  spoil("shear", RawHeader().sform({{1, 0.3, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}), noise(55));
  spoil("moved", RawHeader().sform({{1, 0, 0, 5}, {0, 1, 0, 0}, {0, 0, 1, 0}}), noise(56));
  spoil("nan", RawHeader(), odd);
  spoil("constant", RawHeader(), std::vector<float>(24, 3));
  spoil("forms", RawHeader().qform({0, 0, 1, 0, 0, 0}).codes(1, 1), noise(57));
  spoil_label("half", 6, 0.5f);
  spoil_label("negative", 6, -1);
  spoil_label("unknown", 6, 5);
  put_file(make("empty").label, RawHeader().with(std::vector<float>(24, 0)));
  put_file(make("copy").channels[1],
           RawHeader(2, true).with(noise(1)));  // c0's second channel in another format
  {
    Case& both = make("both");  // two faults in one case
    put_file(both.channels[0], "");
    put_file(both.label, "x");
  }
  cases.insert(cases.begin(), sound_case(folder.path, "c0", 0));
  put_file(cases[1].channels[0],
           RawHeader().with(noise(91)));  // "absent" was made with the same seed as c0
  for (const char* p :
       {"absent missing-channel", "gone missing-channel",  "lfs unreadable",
        "cut truncated",          "flat dimensions",       "time dimensions",
        "complex voxel-type",     "thin spacing",          "shear direction",
        "moved grid-mismatch",    "nan nan-voxels",        "constant constant-channel",
        "forms form-conflict",    "half label-fractional", "negative label-fractional",
        "unknown label-unknown",  "empty label-empty",     "copy duplicate",
        "both unreadable",        "both unreadable"})
    expected.insert(p);

  const VerifyReport report = verify(cases, {}, ignoring_nine, classes);
  CHECK(found(report) == expected);
  CHECK(report.count(Severity::warning) == 4);
  CHECK(report.count(Severity::error) == 16);
  for (const Problem& p : report.problems) {
    INFO(p.id << ": " << p.detail);
    CHECK(p.detail.find('\n') == std::string::npos);
    CHECK_FALSE(p.detail.empty());
    if (p.id == "unknown") CHECK(p.detail.find("5 (1 voxels)") != std::string::npos);
    if (p.id == "nan") CHECK(p.detail == "2 of 24 voxels are NaN or infinite");
    if (p.id == "copy") CHECK(p.detail == "the same voxels as case c0, c0_b.nii.gz");
  }
  const auto j = nlohmann::json::parse(verify_json(report));
  CHECK(j["errors"] == 16);
  CHECK(j["problems"].size() == 20);
  CHECK(j["kinds"].contains("truncated"));
  CHECK(verify_table(report).find("error    shear    direction") != std::string::npos);
  PrepConfig fill;
  fill.nan = NotFinite::fill;
  CHECK(found(verify(cases, fill, ignoring_nine, classes)).count("nan nan-filled") == 1);
}

TEST_CASE("with prep.resample_to: first another grid is a warning", "[prep][verify]") {
  const TemporaryFolder folder;
  const std::vector<Case> cases = {sound_case(folder.path, "a", 0)};
  const RawHeader moved = RawHeader().sform({{1, 0, 0, 1}, {0, 1, 0, 0}, {0, 0, 1, 0}});
  put_file(cases[0].channels[1], moved.with(noise(70)));
  put_file(cases[0].label, moved.with(label_values()));
  PrepConfig config;
  CHECK(found(verify(cases, config, ignoring_nine, classes)) ==
        std::multiset<std::string>{"a grid-mismatch", "a grid-mismatch"});
  config.resample_to = ResampleTo::first;
  VerifyReport report = verify(cases, config, ignoring_nine, classes);
  CHECK(found(report) == std::multiset<std::string>{"a grid-resampled", "a grid-resampled"});
  CHECK(report.count(Severity::error) == 0);
  CHECK_FALSE(report.problems[0].detail.empty());
  config.crop.size = {std::nullopt, std::nullopt,
                      2};  // keeps x = 1 and 2 of the first channel: the label's 0 and 1
  report = verify(cases, config, ignoring_nine, classes);
  REQUIRE(found(report) ==
          std::multiset<std::string>{"a crop-loss", "a grid-resampled", "a grid-resampled"});
  CHECK(report.problems.back().detail == "outside prep.crop: spleen 100.00 %");
}

TEST_CASE("with prep.resample_to: first a file that lies elsewhere is an error", "[prep][verify]") {
  const TemporaryFolder folder;
  const Case c = sound_case(folder.path, "a", 0);
  PrepConfig config;
  config.resample_to = ResampleTo::first;
  config.crop.size = {2, 2, 2};
  const auto at = [](double x) {
    return RawHeader().sform({{1, 0, 0, x}, {0, 1, 0, 0}, {0, 0, 1, 0}});
  };
  put_file(c.label, at(1000).with(label_values()));
  CHECK(found(verify({c}, config, ignoring_nine, classes)).count("a grids-apart") == 1);
  CHECK(error_of([&] { preprocess(c, config, ignoring_nine); }, ErrorKind::data)
            .find("case a: a_seg.nii lies elsewhere than the first channel (0 % ") == 0);
  put_file(c.channels[1], at(-1000).with(noise(70)));
  CHECK(error_of([&] { preprocess(c, config, ignoring_nine); }, ErrorKind::data)
            .find("case a: a_b.nii.gz lies elsewhere") == 0);
  put_file(c.channels[1], at(2).with(noise(70)));  // half of it
  put_file(c.label, at(0).with(label_values()));
  CHECK(found(verify({c}, config, ignoring_nine, classes)).count("a grid-resampled") == 1);
  CHECK_NOTHROW(preprocess(c, config, ignoring_nine));
}

TEST_CASE("a volume that is too large at prep.spacing is refused with its case", "[prep][verify]") {
  const TemporaryFolder folder;
  Case c = sound_case(folder.path, "a", 0);
  RawHeader header;
  for (int a = 1; a <= 3; ++a) header.pixdim(a, 100);
  header.codes(0, 0).qform({0, 0, 0, 0, 0, 0});
  for (const auto& file : c.channels) put_file(file, header.with(noise(1)));
  put_file(c.label, header.with(label_values()));
  PrepConfig config;
  config.spacing = {0.05, 0.05, 0.05};
  config.crop.size = {2, 2, 2};
  const VerifyReport report = verify({c}, config, ignoring_nine, classes);
  CHECK(found(report).count("a too-large") == 1);
  CHECK(report.problems[0].detail.find("which makes more than 2147483647 voxels") !=
        std::string::npos);
  CHECK(error_of([&] { preprocess(c, config, ignoring_nine); }, ErrorKind::data)
            .find("case a: a_a.nii is ") == 0);
  config.spacing = {0.5, 0.5, 0.5};
  c.channels.assign(100000, c.channels[0]);
  CHECK(error_of([&] { preprocess(c, config, ignoring_nine, 1); }, ErrorKind::data)
            .find("case a: a_a.nii becomes 800 x 600 x 400 voxels, for which ") == 0);
}

TEST_CASE("a file without orientation is told as such", "[prep][verify]") {
  const TemporaryFolder folder;
  const std::vector<Case> cases = {sound_case(folder.path, "a", 0)};
  const RawHeader bare = RawHeader().codes(0, 0);
  put_file(cases[0].channels[0], bare.with(noise(71)));
  const VerifyReport report = verify(cases, {}, ignoring_nine, classes);
  REQUIRE(found(report) == std::multiset<std::string>{"a no-orientation"});
  CHECK(report.problems[0].detail.starts_with("no orientation: neither qform nor sform is set"));
  CHECK(report.count(Severity::error) == 0);
}

TEST_CASE("what the layout found comes first, and no missing file is told twice",
          "[prep][verify]") {
  const TemporaryFolder folder;
  Case c = sound_case(folder.path, "a", 0);
  c.channels[1].clear();
  CHECK(found(verify({c}, {}, ignoring_nine, classes)) ==
        std::multiset<std::string>{"a missing-channel"});
  const VerifyReport report = verify(
      {c}, {}, ignoring_nine, classes,
      {{ProblemKind::missing_channel, "a", "", "has no file a_0001 (channel 'T1')"},
       {ProblemKind::two_files, "b", folder.path / "b.nii.gz", "is channel 'T1' as b.nii is"},
       {ProblemKind::no_label, "", "", "1 of 3 cases: b"}});
  CHECK(found(report) ==
        std::multiset<std::string>{"a missing-channel", "b two-files", " no-label"});
  CHECK(report.count(Severity::error) == 2);
  CHECK(verify_table(report).find(
            "error    b    two-files         b.nii.gz: is channel 'T1' as b.nii is\n") !=
        std::string::npos);
  CHECK(nlohmann::json::parse(verify_json(report))["problems"][0]["detail"] ==
        "has no file a_0001 (channel 'T1')");
}

TEST_CASE("orientations that differ over the data set are told once, and are no error",
          "[prep][verify]") {
  const TemporaryFolder folder;
  std::vector<Case> cases = {sound_case(folder.path, "a", 0), sound_case(folder.path, "b", 1)};
  const RawHeader flipped = RawHeader().sform({{-1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}});
  put_file(cases[1].channels[0], flipped.with(noise(60)));
  put_file(cases[1].channels[1], flipped.with(noise(61)));
  put_file(cases[1].label, flipped.with(label_values()));
  const VerifyReport report = verify(cases, {}, ignoring_nine, classes);
  REQUIRE(found(report) == std::multiset<std::string>{" orientation-mix"});
  CHECK(report.problems[0].detail == "1 x LAS, 1 x RAS");
  CHECK(report.count(Severity::error) == 0);
}

TEST_CASE("label voxels that prep.crop loses are counted by class", "[prep][verify]") {
  const TemporaryFolder folder;
  const Case c{"a", {folder.path / "a.nii"}, folder.path / "l.nii"};
  RawHeader header;
  header.dims({3, 8, 4, 4});
  std::vector<float> values(128, 0);
  for (std::size_t x = 0; x < 4; ++x) values[x] = 1;  // one row of the liver along x = 0 .. 3
  values[5] = 2;
  put_file(c.channels[0], header.with(noise(1, 128)));
  put_file(c.label, header.with(values));
  PrepConfig config;
  config.crop.size = {std::nullopt, std::nullopt, 4};  // keeps x = 2 .. 5
  const VerifyReport report = verify({c}, config, ignoring_nine, classes);
  REQUIRE(found(report) == std::multiset<std::string>{"a crop-loss"});
  CHECK(report.problems[0].detail == "outside prep.crop: liver 50.00 %");
  config.crop.size = {4, 4, 8};
  CHECK(found(verify({c}, config, ignoring_nine, classes)).empty());
}

TEST_CASE("headers alone tell what needs no voxel", "[prep][verify]") {
  const TemporaryFolder folder;
  std::vector<Case> cases;
  for (int i = 0; i < 5; ++i)
    cases.push_back(sound_case(folder.path, std::string(1, static_cast<char>('a' + i)), i));
  const auto looked = [&] {
    return found(verify(cases, {}, ignoring_nine, classes, {}, Depth::headers));
  };
  CHECK(looked().empty());
  put_file(cases[1].label, RawHeader().dims({3, 4, 3, 3}).with(std::vector<float>(36)));
  fs::remove(cases[2].channels[1]);
  put_file(cases[3].channels[0], RawHeader().type(128).with(noise(6)));
  put_file(cases[4].channels[0],  // voxels are not looked at
           RawHeader().with(std::vector<float>(24, std::nanf(""))));
  CHECK(looked() ==
        std::multiset<std::string>{"b grid-mismatch", "c missing-channel", "d voxel-type"});
}

TEST_CASE("the crop that verify measures is evaluation's, which no label places",
          "[prep][verify]") {
  const TemporaryFolder folder;
  const Case c{"a", {folder.path / "a.nii"}, folder.path / "l.nii"};
  RawHeader header;
  header.dims({3, 8, 4, 4});
  std::vector<float> values(128, 0), bright(128, 0);
  for (std::size_t i = 0; i < 128; ++i) {
    values[i] = i % 8 < 2 ? 1 : 0;  // x = 0, 1
    bright[i] = i % 8 > 5 ? 1 : 0;  // x = 6, 7
  }
  put_file(c.channels[0], header.with(bright));
  put_file(c.label, header.with(values));
  PrepConfig config;
  config.crop = {{std::nullopt, std::nullopt, 4}, CropCentre::foreground};
  const VerifyReport report = verify({c}, config, ignoring_nine, classes);
  REQUIRE(found(report) == std::multiset<std::string>{"a crop-loss"});
  CHECK(report.problems[0].detail == "outside prep.crop: liver 100.00 %");
}

TEST_CASE("clean removes cached cases without a use and what a killed build left",
          "[prep][cache]") {
  const TemporaryFolder folder;
  PrepConfig config;
  config.cache.text = (folder.path / "cache").string();
  const std::vector<Case> cases = {sound_case(folder.path, "a", 0),
                                   sound_case(folder.path, "b", 1)};
  Cache cache(config, folder.path, ignoring_nine);
  cache.build(cases);
  const fs::path killed = cache.folder() / ".part-1-00000000-0.c",
                 alive = cache.folder() / fmt::format(".part-{}-0.d", ::getpid());
  fs::create_directories(killed);
  fs::create_directories(alive);
  fs::last_write_time(killed, fs::file_time_type::clock::now() - std::chrono::hours(72));
  const auto names = [](const std::vector<fs::path>& paths) {
    std::string text;
    for (const fs::path& p : paths) text += p.filename().string().substr(0, 2) + " ";
    return text;
  };
  CHECK(names(cache.clean({cases[0]}, /*dry_run=*/true)) == ".p b- ");
  CHECK(fs::exists(killed));
  CHECK(names(cache.clean({cases[0]}, /*dry_run=*/false)) == ".p b- ");
  CHECK_FALSE(fs::exists(killed));
  CHECK(fs::exists(alive));
  CHECK(cache.open(cases[0], CropFor::evaluation).image.size(0) == 2);
  CHECK_THROWS(cache.open(cases[1], CropFor::evaluation));
  CHECK(cache.clean({cases[0]}, false).empty());
}
