#include "prep/cache.h"
#include "core/files.h"
#include "image/support.h"
#include "support/errors.h"
#include "support/variable.h"

#include <torch/utils.h>
#include <nlohmann/json.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <set>

using namespace seg;
using namespace seg::test;
namespace fs = std::filesystem;

namespace {

const std::map<int, std::uint8_t> labels = {{0, 0}, {1, 1}, {2, 2}};

Case made_case(const fs::path& folder, const std::string& id, int seed) {
  torch::manual_seed(seed);
  Geometry g;
  g.size = {13, 11, 9};
  g.spacing = {1.5, 1, 2};
  const Case c{
      id, {folder / (id + "_a.nii"), folder / (id + "_b.nii.gz")}, folder / (id + "_seg.nii")};
  for (const auto& file : c.channels) write_image(file, torch::randn({9, 11, 13}) * 50 + 20, g);
  write_label(c.label, torch::randint(0, 3, {9, 11, 13}, torch::kUInt8), g);
  return c;
}

PrepConfig config_in(const fs::path& folder) {
  PrepConfig config;
  config.cache.text = (folder / "cache").string();
  return config;
}

fs::path folder_of(const Cache& cache, const std::string& id) {
  for (const auto& entry : fs::directory_iterator(cache.folder()))
    if (entry.path().filename().string().starts_with(id + "-")) return entry.path();
  return {};
}

}  // namespace

TEST_CASE("a cached case is the preprocessed one, every channel mapped, none copied",
          "[prep][cache]") {
  const TemporaryFolder folder;
  const PrepConfig config = config_in(folder.path);
  const Case c = made_case(folder.path, "a", 1);
  Cache cache(config, folder.path, labels);
  cache.build({c});
  const PreparedCase made = preprocess(c, config, labels),
                     cached = cache.open(c, CropFor::evaluation);
  CHECK(torch::equal(cached.image, made.image));
  CHECK(torch::equal(cached.label, made.label));
  CHECK(cached.geometry.size == made.geometry.size);
  CHECK(cached.minimum[1] == made.image[1].min().item<double>());
  CHECK(cached.image.stride(0) >
        cached.image.stride(1) * cached.image.size(1));  // the next file's pages
  const Volume viewed =
      read_image(folder_of(cache, "a") / "channel_1.nii");  // as any viewer opens it
  CHECK(torch::equal(viewed.voxels[0], made.image[1]));
  for (int i = 0; i < 3; ++i)
    CHECK(viewed.geometry.origin[i] == Approx(made.geometry.origin[i]).margin(1e-4));
}

TEST_CASE("int16 storage is within half a step of the value, in a viewer and in a patch",
          "[prep][cache]") {
  const TemporaryFolder folder;
  PrepConfig config = config_in(folder.path);
  config.storage = Storage::int16;
  config.crop.size = {std::nullopt, 16, 16};  // larger than the volume: padded with the minimum
  const Case c = made_case(folder.path, "a", 2);
  Cache cache(config, folder.path, labels);
  cache.build({c});
  PreparedCase made = preprocess(c, config, labels);
  const double step = (made.image[0].max() - made.image[0].min()).item<double>() / 65534;
  const PreparedCase cached = cache.open(c, CropFor::evaluation), whole = cache.open_whole(c);
  CHECK(cached.image.scalar_type() == torch::kInt16);
  CHECK((whole_image(whole)[0] - made.image[0]).abs().max().item<double>() < 0.51 * step + 1e-6);
  const torch::Tensor padded = whole_image(cached);
  CHECK(padded.size(2) == 16);
  CHECK(padded[0].min().item<double>() == Approx(made.image[0].min().item<double>()).margin(step));
  CHECK(padded[0][0][0][0].item<float>() == padded[0].min().item<float>());
  const Volume viewed = read_image(folder_of(cache, "a") / "channel_0.nii");
  CHECK((viewed.voxels[0] - made.image[0]).abs().max().item<double>() < 0.51 * step + 1e-6);
}

TEST_CASE("a changed source rebuilds its case, a changed setting all, and nothing else is touched",
          "[prep][cache]") {
  const TemporaryFolder folder;
  const PrepConfig config = config_in(folder.path);
  std::vector<Case> cases = {made_case(folder.path, "a", 1), made_case(folder.path, "b", 2)};
  Cache cache(config, folder.path, labels);
  cache.build(cases);
  const auto time = [&](const char* id) {
    return fs::last_write_time(folder_of(cache, id) / "case.json");
  };
  const auto a = time("a"), b = time("b");
  cache.build(cases);
  CHECK((time("a") == a && time("b") == b));
  cases[0] = made_case(folder.path, "a", 3);
  cache.build(cases);
  CHECK(time("a") != a);
  CHECK(time("b") == b);
  CHECK(torch::equal(cache.open(cases[0], CropFor::evaluation).image,
                     preprocess(cases[0], config, labels).image));
  std::set<fs::path> folders = {cache.folder()};
  const auto other = [&](auto change) {
    PrepConfig changed = config;
    change(changed);
    folders.insert(Cache(changed, folder.path, labels).folder());
  };
  other([](PrepConfig& p) { p.spacing = {1, 1, 2}; });
  other([](PrepConfig& p) { p.interpolation = Interpolation::bspline; });
  other([](PrepConfig& p) { p.label_interpolation = LabelInterpolation::linear_onehot; });
  other([](PrepConfig& p) { p.normalise.region = NormaliseRegion::nonzero; });
  other([](PrepConfig& p) { p.normalise.clip = {-1, 1}; });
  other([](PrepConfig& p) { p.nan = NotFinite::fill; });
  other([](PrepConfig& p) { p.resample_to = ResampleTo::first; });
  other([](PrepConfig& p) { p.storage = Storage::int16; });
  folders.insert(Cache(config, folder.path, {{0, 0}, {1, 2}, {2, 1}}).folder());
  CHECK(folders.size() == 10);
  PrepConfig cropped = config;
  cropped.crop.size = {4, 4, 4};
  CHECK(Cache(cropped, folder.path, labels).folder() ==
        cache.folder());  // the crop is applied when a case is opened
}

// Who updates the program keeps the volumes that were prepared before: these names never change
// without a reason.
TEST_CASE("a change of voxels in a file of their own rebuilds the case", "[prep][cache]") {
  const TemporaryFolder folder;
  Case c = made_case(folder.path, "a", 1);
  c.channels = {folder.path / "a.mhd"};
  c.label.clear();
  write_file(c.channels[0],
             "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
             "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
             "ElementSpacing = 1 1 1\nDimSize = 3 4 5\nElementType = MET_UCHAR\n"
             "ElementDataFile = a.raw\n");
  write_file(folder.path / "a.raw", std::string(59, 'a') + "b");
  Cache cache(config_in(folder.path), folder.path, labels);
  cache.build({c});
  CHECK(cache.missing({c}).empty());
  const auto before = cache.source_contents(c);
  CHECK(before.size() == 2);
  write_file(folder.path / "a.raw", std::string(59, 'c') + "d");
  REQUIRE(cache.missing({c}).size() == 1);
  cache.build({c});
  CHECK(cache.source_contents(c)[0] == before[0]);
  CHECK(cache.source_contents(c)[1] != before[1]);
}

TEST_CASE("the folder of given settings keeps its name", "[prep][cache]") {
  const TemporaryFolder folder;
  PrepConfig config = config_in(folder.path);
  CHECK(Cache(config, "/data/amos", {{0, 0}, {1, 1}}).folder().filename() == "amos-994ae3b2acba");
  config.spacing = {5, 0.7, 0.75};
  config.normalise.region = NormaliseRegion::nonzero;
  config.normalise.clip = {-1000, 1000.5};
  CHECK(Cache(config, "/data/amos", {{0, 0}, {2, 1}, {3, 255}}).folder().filename() ==
        "amos-b7a0891e3b7b");
}

TEST_CASE("a damaged volume of the cache is told by name and built again", "[prep][cache]") {
  const TemporaryFolder folder;
  const Case c = made_case(folder.path, "a", 1);
  Cache cache(config_in(folder.path), folder.path, labels);
  cache.build({c});
  const fs::path file = folder_of(cache, "a") / "channel_1.nii";
  fs::resize_file(file, fs::file_size(file) - 1);
  CHECK(error_of([&] { cache.open(c, CropFor::evaluation); }, ErrorKind::failure)
            .find("channel_1.nii: the cached volume is damaged") != std::string::npos);
  CHECK(cache.missing({c}).size() == 1);
  cache.build({c});
  CHECK(cache.missing({c}).empty());
  CHECK_NOTHROW(cache.open(c, CropFor::evaluation));
}

TEST_CASE("with normalise.region: crop, what evaluation keeps has mean 0 and deviation 1",
          "[prep][cache]") {
  const TemporaryFolder folder;
  const Case c = made_case(folder.path, "a", 4), relabelled = made_case(folder.path, "b", 4);
  Geometry g = read_geometry(relabelled.label);
  torch::Tensor corner = torch::zeros({9, 11, 13}, torch::kUInt8);
  corner[8][10][12] = 1;
  write_label(relabelled.label, corner, g);
  PrepConfig config = config_in(folder.path);
  config.normalise.region = NormaliseRegion::crop;
  config.normalise.clip = {-60, 100};
  config.crop.size = {std::nullopt, 7, 30};  // narrower along y, wider along x
  std::set<fs::path> folders = {Cache(config_in(folder.path), folder.path, labels).folder()};
  for (const CropCentre centre : {CropCentre::volume, CropCentre::body, CropCentre::foreground}) {
    config.crop.centre = centre;
    Cache cache(config, folder.path, labels);
    folders.insert(cache.folder());
    cache.build({c, relabelled});
    const PreparedCase kept = cache.open(c, CropFor::evaluation);
    const torch::Tensor values = kept.image.flatten(1).to(torch::kFloat64);
    CHECK(kept.image.size(2) == 7);
    CHECK(values.mean(1).abs().max().item<double>() < 1e-5);
    CHECK((values.std(1, false) - 1).abs().max().item<double>() < 1e-5);
    CHECK(torch::equal(cache.open_whole(c).image, cache.open_whole(relabelled).image));
  }
  config.crop.size = {std::nullopt, 8, 30};
  folders.insert(Cache(config, folder.path, labels).folder());
  CHECK(folders.size() == 5);  // another crop, other voxels
}

TEST_CASE("a case is cropped for training and for evaluation from one cache", "[prep][cache]") {
  const TemporaryFolder folder;
  const Case c = made_case(folder.path, "a", 1);
  torch::Tensor label = torch::zeros({9, 11, 13}, torch::kUInt8);
  label[8][10][12] = 1;
  write_label(c.label, label, read_geometry(c.label));
  PrepConfig config = config_in(folder.path);
  config.crop = {{4, 4, 4}, CropCentre::foreground};
  Cache cache(config, folder.path, labels);
  cache.build({c});
  CHECK((cache.open(c, CropFor::training).label == 1).any().item<bool>());
  CHECK_FALSE((cache.open(c, CropFor::evaluation).label == 1).any().item<bool>());
  CHECK(cache.missing({c}).empty());
}

TEST_CASE("the cache knows images by their contents", "[prep][cache]") {
  const TemporaryFolder folder;
  const Case a = made_case(folder.path, "a", 1), b = made_case(folder.path, "b", 2);
  Case again = {"again", {folder.path / "again.nii.gz", b.channels[1]}, a.label};
  const Volume image = read_image(a.channels[0]);
  write_image(again.channels[0], image.voxels, image.geometry);
  Cache cache(config_in(folder.path), folder.path, labels);
  cache.build({a, b, again});
  const auto of_a = cache.hashes(a), of_b = cache.hashes(b), of_again = cache.hashes(again);
  REQUIRE((of_a.size() == 2 && of_b.size() == 2 && of_again.size() == 2));
  CHECK(of_again == std::vector<std::string>{of_a[0], of_b[1]});
  CHECK(std::set<std::string>{of_a[0], of_a[1], of_b[0], of_b[1]}.size() == 4);
}

TEST_CASE("a damaged case.json is told by name and its case is built again", "[prep][cache]") {
  const TemporaryFolder folder;
  const Case c = made_case(folder.path, "a", 1);
  Cache cache(config_in(folder.path), folder.path, labels);
  cache.build({c});
  const fs::path file = folder_of(cache, "a") / "case.json";
  const std::string sound = read_file(file);
  const auto damaged = [&](const std::string& text) {
    INFO(text);
    write_file(file, text);
    CHECK(error_of([&] { cache.open_whole(c); }, ErrorKind::failure) ==
          file.string() + ": is damaged; remove its folder, and the case is built again");
    CHECK(cache.missing({c}).size() == 1);
  };
  damaged("");
  damaged(sound.substr(0, sound.size() / 2));
  damaged("[]");
  const auto changed = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json j = nlohmann::json::parse(sound);
    j[nlohmann::json::json_pointer(key)] = value;
    damaged(j.dump());
  };
  for (const int channels : {0, -1, 1, 3, 2000000000}) changed("/channels", channels);
  changed("/channels", "2");
  changed("/label", false);
  changed("/minimum", {1.0});
  changed("/slope", {1.0});
  changed("/geometry/size", {1 << 30, 1 << 30, 1 << 30});
  changed("/geometry/size", {13, 0, 9});
  changed("/geometry/size", {13, -11, 9});
  changed("/volumes", nlohmann::json::object());
  cache.build({c});
  CHECK_NOTHROW(cache.open_whole(c));
}

TEST_CASE("a cached volume that is cut while it is mapped ends the process with a sentence",
          "[prep][cache]") {
  const TemporaryFolder folder;
  const Case c = made_case(folder.path, "a", 1);
  Cache cache(config_in(folder.path), folder.path, labels);
  cache.build({c});
  const fs::path place = folder_of(cache, "a"), said = folder.path / "said.txt";
  const pid_t child = ::fork();
  if (child == 0) {
    if (!std::freopen(said.c_str(), "w", stderr)) ::_exit(7);
    const PreparedCase opened = cache.open_whole(c);
    fs::resize_file(place / "channel_1.nii", 0);
    volatile float sum = 0;
    for (std::int64_t i = 0; i < 100; ++i) sum = sum + opened.image[1].data_ptr<float>()[i];
    ::_exit(8);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(read_file(said) == place.string() +
                               ": a cached volume was cut, or its disk failed, while it was in "
                               "use; remove the folder, and it is built again\n");
}

TEST_CASE("without a home and a folder for temporary files prep.cache is asked for",
          "[prep][cache]") {
  const Variable cache("XDG_CACHE_HOME", nullptr), home("HOME", nullptr),
      temporary("TMPDIR", "/no/such/folder");
  CHECK(error_of([] { Cache({}, "/data", labels); }, ErrorKind::failure).find("set prep.cache") !=
        std::string::npos);
}
