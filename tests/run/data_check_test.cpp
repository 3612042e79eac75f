// What is told of a run's data before it trains.
#include "run/data_check.h"

#include "core/files.h"
#include "core/log.h"
#include "image/nifti.h"
#include "support/errors.h"

#include <torch/types.h>
#include <nlohmann/json.hpp>

namespace seg {
namespace {

namespace fs = std::filesystem;

// Four small cases, a to d: two train, one validates, one tests.
struct SmallData {
  SmallData() {
    make_folder(root() / "imagesTr");
    make_folder(root() / "labelsTr");
    write_file(root() / "dataset.json", R"({"labels": {"0": "background", "1": "liver"}})");
    for (const char* id : {"a", "b", "c", "d"}) put(id, 6);
  }

  fs::path root() const { return folder.path / "data"; }
  fs::path image(const std::string& id) const { return root() / "imagesTr" / (id + ".nii.gz"); }
  fs::path label(const std::string& id) const { return root() / "labelsTr" / (id + ".nii.gz"); }

  void put(const std::string& id, std::int64_t size) const {
    Geometry g;
    g.size = {size, size, size};
    torch::manual_seed(id[0]);
    write_image(image(id), torch::randn({size, size, size}), g);
    write_label(label(id), torch::ones({size, size, size}, torch::kUInt8), g);
  }

  Config config() const {
    return config_from({"data.root=" + root().string(),
                        "data.split={train: [a, b], validation: [c], test: [d]}",
                        "prep.cache=" + (folder.path / "cache").string()});
  }

  // What work(experiment) writes to the log.
  std::string log_of(const std::function<void(Experiment&)>& work) const {
    Experiment experiment(config());
    const fs::path file = folder.path / "log.txt";
    fs::remove(file);
    log::to_file(file);
    work(experiment);
    log::close_file();
    return read_file(file);
  }

  std::string of_sources() const {
    return log_of([&](Experiment& e) { check_sources(e, config().prep); });
  }
  std::string of_contents() const {
    return log_of([](Experiment& e) {
      e.build_cache();
      warn_of_twins(e);
    });
  }

  test::TemporaryFolder folder;
};

bool tells(const std::string& log, const std::string& part) {
  INFO(log);
  return log.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("sound data give no warning", "[run]") {
  const SmallData data;
  CHECK_FALSE(tells(data.of_sources(), "warn"));
  CHECK_FALSE(tells(data.of_contents(), "warn"));
}

TEST_CASE("every case that cannot be used is told before anything is preprocessed", "[run]") {
  const SmallData data;
  fs::copy(data.image("a"), data.folder.path / "a.nii.gz");
  write_file(data.image("a"), "no volume");
  Geometry g;
  g.size = {6, 6, 5};
  write_label(data.label("d"), torch::ones({5, 6, 6}, torch::kUInt8), g);
  Experiment experiment(data.config());
  const std::string text = test::error_of([&] { check_sources(experiment, data.config().prep); },
                                          ErrorKind::data, data.root());
  CHECK(text.starts_with("the split's files have 2 problems; mend them"));
  CHECK(tells(text, "\n  case a: imagesTr/a.nii.gz: "));
  CHECK(tells(
      text, "\n  case d: labelsTr/d.nii.gz: size 6 x 6 x 5 against 6 x 6 x 6: Channels and label"));
}

TEST_CASE("what verify warns of is told in a line for each kind", "[run]") {
  const SmallData data;
  for (const char* id : {"a", "b"}) {
    Geometry g;
    g.size = {6, 6, 6};
    g.direction = {-1, 0, 0, 0, 1, 0, 0, 0, 1};
    write_image(data.image(id), torch::randn({6, 6, 6}), g);
    write_label(data.label(id), torch::ones({6, 6, 6}, torch::kUInt8), g);
  }
  CHECK(tells(data.of_sources(), "all are turned to RAS. (2 x "));
}

TEST_CASE("one file under two ids is told before the cache is built", "[run]") {
  const SmallData data;
  fs::remove(data.image("d"));
  fs::create_symlink(data.image("b"), data.image("d"));
  const std::string log = data.of_sources();
  CHECK(tells(log, "cases b (train) and d (test) share an image file: what one part learns"));
  CHECK_FALSE(tells(log, "case a"));
  fs::remove(data.image("b"));
  fs::create_hard_link(data.image("a"), data.image("b"));
  CHECK(tells(data.of_sources(), "cases a and b (train) share an image file, which counts twice"));
}

TEST_CASE("images of the same contents are told once the cache is built", "[run]") {
  const SmallData data;
  Volume image = read_image(data.image("a"));
  image.geometry.origin = {0, 0, 40};  // elsewhere, and stored the other way round
  image.geometry.direction = {-1, 0, 0, 0, 1, 0, 0, 0, 1};
  write_image(data.image("c"), image.voxels.flip({3}), image.geometry);
  write_label(data.label("c"), torch::ones({6, 6, 6}, torch::kUInt8), image.geometry);
  const std::string told = "cases a (train) and c (validation) show the same image";
  CHECK_FALSE(tells(data.of_sources(), told));
  CHECK(tells(data.of_contents(), told));
  CHECK(tells(data.of_contents(), told));  // from the cache, too
}

}  // namespace seg
