// segpredict, as a user runs it.
#include "core/files.h"
#include "image/nifti.h"
#include "support/catch.h"
#include "support/tiny_run.h"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;
using seg::test::listing;
using seg::test::Outcome;
using seg::test::run_program;
using seg::test::TemporaryFolder;

namespace {

// A run of a few steps, made once; its images and labels.
const fs::path& tiny_run() {
  static const TemporaryFolder folder;
  static const bool made = [] {
    const Outcome outcome = run_program(seg::test::tiny_training(
        folder.path / "run", "--set training.epochs=6 --set training.learning_rate=3e-3"));
    INFO(outcome.text);
    REQUIRE(outcome.code == 0);
    return true;
  }();
  (void)made;
  static const fs::path run = folder.path / "run";
  return run;
}

fs::path images() { return seg::test::tiny_phantom() / "data" / "imagesTr"; }
fs::path labels() { return seg::test::tiny_phantom() / "data" / "labelsTr"; }

Outcome predict(const fs::path& input, const fs::path& output, const std::string& more = "") {
  return run_program("segpredict --checkpoint '" + tiny_run().string() + "' --input '" +
                     input.string() + "' --output '" + output.string() + "' --set threads=1 " +
                     more);
}

bool same_geometry(const fs::path& a, const fs::path& b) {
  const seg::Geometry x = seg::read_geometry(a), y = seg::read_geometry(b);
  return x.size == y.size && x.spacing == y.spacing && x.origin == y.origin &&
         x.direction == y.direction;
}

double voxels_that_differ(const fs::path& a, const fs::path& b) {
  return seg::read_label(a)
      .voxels.ne(seg::read_label(b).voxels)
      .to(torch::kDouble)
      .mean()
      .item<double>();
}

// Column `name` of the line of `id` and `region` in dsc.csv.
std::string cell(const fs::path& csv, const std::string& id, const std::string& region,
                 const std::string& name) {
  std::ifstream in(csv);
  std::string line;
  std::getline(in, line);
  const auto cells_of = [](const std::string& text) {
    std::vector<std::string> cells;
    std::stringstream stream(text);
    for (std::string c; std::getline(stream, c, ',');) cells.push_back(c);
    return cells;
  };
  const auto columns = cells_of(line);
  const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
  while (std::getline(in, line))
    if (line.find("," + id + "," + region + ",") != std::string::npos)
      return cells_of(line).at(static_cast<std::size_t>(at));
  return "";
}

}  // namespace

TEST_CASE("segpredict writes labels on each volume's own grid, and leaves finished cases alone",
          "[apps]") {
  const TemporaryFolder folder;
  const fs::path out = folder.path / "out", json = folder.path / "lines.jsonl";
  const Outcome outcome = predict(images(), out, "--json " + json.string());
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.text.find("4 of 4 cases predicted; labels: " + out.string()) != std::string::npos);
  CHECK(listing(out) ==
        "amos_0001.nii.gz amos_0002.nii.gz amos_0003.nii.gz amos_0004.nii.gz segpredict.json");
  for (const auto& entry : fs::directory_iterator(images()))
    CHECK(same_geometry(entry.path(), out / entry.path().filename()));
  std::ifstream lines(json);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto j = nlohmann::json::parse(line);
    CHECK(j.at("seconds").at("network").get<double>() > 0);
    CHECK(j.at("windows").get<int>() > 0);
    const fs::path file = j.at("output").get<std::string>();
    const seg::Volume label = seg::read_label(file);
    const double ml =
        label.geometry.spacing[0] * label.geometry.spacing[1] * label.geometry.spacing[2] / 1000;
    CHECK(j.at("volumes_ml").at("liver").get<double>() ==
          Approx(label.voxels.eq(6).sum().item<double>() * ml));
  }
  CHECK(count == 4);

  const auto written = fs::last_write_time(out / "amos_0001.nii.gz");
  fs::remove(out / "amos_0003.nii.gz");
  const Outcome again = predict(images(), out);
  INFO(again.text);
  CHECK(again.code == 0);
  CHECK(again.text.find("1 of 4 cases predicted, 3 were there already") != std::string::npos);
  CHECK(fs::last_write_time(out / "amos_0001.nii.gz") == written);
  CHECK(predict(images(), out, "--overwrite").code == 0);
  CHECK(fs::last_write_time(out / "amos_0001.nii.gz") != written);
}

TEST_CASE("segpredict finds what segeval measured of the same cases", "[apps]") {
  const TemporaryFolder folder;
  const fs::path out = folder.path / "out";
  REQUIRE(predict(images(), out).code == 0);
  const Outcome outcome = run_program("segeval --truth " + labels().string() + " --prediction " +
                                      out.string() + " --output " + (folder.path / "e").string());
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  const std::string table = seg::read_file(tiny_run() / "dsc.csv"),
                    id = table.substr(table.find("amos_"), 9);
  int regions = 0;
  for (const char* region : {"liver", "spleen", "stomach", "aorta", "pancreas"}) {
    INFO(region);
    const std::string dsc = cell(tiny_run() / "dsc.csv", id, region, "dsc");
    CHECK(cell(folder.path / "e" / "dsc.csv", id, region, "dsc") == dsc);
    CHECK(cell(folder.path / "e" / "dsc.csv", id, region, "prediction_ml") ==
          cell(tiny_run() / "dsc.csv", id, region, "prediction_ml"));
    regions += !dsc.empty() && dsc != "0";
  }
  CHECK(regions > 0);  // else nothing was compared
}

TEST_CASE("a checkpoint's folder alone predicts on another machine", "[apps]") {
  const TemporaryFolder folder;
  fs::copy(fs::canonical(tiny_run() / "checkpoints" / "best"), folder.path / "moved");
  const fs::path image = images() / "amos_0002.nii.gz";
  REQUIRE(predict(image, folder.path / "a").code == 0);
  const Outcome outcome = run_program("segpredict -c " + (folder.path / "moved").string() + " -i " +
                                      image.string() + " -o " + (folder.path / "b").string());
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK(seg::read_file(folder.path / "a" / "amos_0002.nii.gz") ==
        seg::read_file(folder.path / "b" / "amos_0002.nii.gz"));
}

TEST_CASE("segpredict's ways and options change what they say", "[apps]") {
  const TemporaryFolder folder;
  const fs::path image = images() / "amos_0001.nii.gz";
  const auto made = [&](const std::string& name, const std::string& more) {
    const Outcome outcome = predict(image, folder.path / name, more);
    INFO(more << "\n" << outcome.text);
    REQUIRE(outcome.code == 0);
    return folder.path / name / "amos_0001.nii.gz";
  };
  const fs::path plain = made("plain", "");
  const fs::path by_labels = made("labels", "--order labels");
  const double cheap = voxels_that_differ(plain, by_labels);
  CHECK(cheap > 0);
  CHECK(cheap < 0.1);
  CHECK(voxels_that_differ(plain, made("flip", "--flip")) > 0);
  const fs::path largest = made("largest", "--largest-component --fill-holes");
  CHECK(voxels_that_differ(plain, largest) > 0);
  const std::string run = tiny_run().string();
  const fs::path other = folder.path / "other";
  REQUIRE(run_program(seg::test::tiny_training(other,
                                               "--set training.seed=5 "
                                               "--set training.learning_rate=3e-3"))
              .code == 0);
  // Of several networks it is the softmax that goes to the file's grid, of one its logits: the same
  // labels where labels go there.
  const fs::path twice = made("twice", "--order labels --checkpoint " + run);
  CHECK(voxels_that_differ(by_labels, twice) < 1e-3);
  CHECK(voxels_that_differ(plain, made("both", "--checkpoint " + other.string())) > 0);
  for (const char* how : {"4d", "classes"}) {
    const fs::path label = made(std::string("p") + how, std::string("--probabilities=") + how);
    CHECK(voxels_that_differ(plain, label) == 0);
    const std::string ending = how == std::string("4d") ? ".nii.gz" : "";
    CHECK(fs::exists(label.parent_path() / ("amos_0001_probabilities" + ending)));
  }
  // AMOS's labels are numbered as its classes.
  std::vector<torch::Tensor> probabilities;
  const fs::path each = folder.path / "pclasses" / "amos_0001_probabilities";
  for (const char* name : {"background", "spleen", "right_kidney", "left_kidney"})
    probabilities.push_back(seg::read_image(each / (name + std::string(".nii.gz"))).voxels[0]);
  const torch::Tensor label = seg::read_label(plain).voxels,
                      among = torch::stack(probabilities).argmax(0);
  const torch::Tensor known = label < 4;
  CHECK(known.logical_and(label > 0).any().item<bool>());
  CHECK(among.ne(label).logical_and(known).to(torch::kDouble).mean().item<double>() < 1e-3);
}

TEST_CASE("parts of a folder are disjoint and together all", "[apps]") {
  const TemporaryFolder folder;
  const fs::path out = folder.path / "out";
  for (const char* part : {"1/3", "2/3", "3/3"}) {
    const Outcome outcome = predict(images(), out, std::string("--part ") + part);
    INFO(outcome.text);
    CHECK(outcome.code == 0);
    CHECK(outcome.text.find("already") == std::string::npos);
  }
  CHECK(listing(out) ==
        "amos_0001.nii.gz amos_0002.nii.gz amos_0003.nii.gz amos_0004.nii.gz segpredict.json");
}

TEST_CASE("a case that cannot be used is told of, and the others are done", "[apps]") {
  const TemporaryFolder folder;
  const fs::path in = folder.path / "in", out = folder.path / "out";
  fs::create_directories(in);
  fs::copy(images() / "amos_0001.nii.gz", in / "good.nii.gz");
  std::ofstream(in / "broken.nii.gz") << "no volume";
  const std::string whole = seg::read_file(images() / "amos_0002.nii.gz");
  std::ofstream(in / "cut.nii.gz", std::ios::binary) << whole.substr(0, whole.size() / 2);
  // It can be read and segmented, but not written: NIfTI-1 has no such length.
  std::ofstream(in / "long.nrrd", std::ios::binary)
      << "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 40000 2 2\nencoding: raw\n"
      << "space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
      << "space origin: (0,0,0)\n\n"
      << std::string(40000 * 4, 'a');
  fs::copy(in / "good.nii.gz", in / (std::string(200, 'x') + ".nii.gz"));
  const Outcome outcome = predict(in, out, "--json " + (folder.path / "lines").string());
  INFO(outcome.text);
  CHECK(outcome.code == 3);
  CHECK(outcome.text.find("4 of 5 cases could not be predicted") != std::string::npos);
  CHECK(outcome.text.find("case broken: ") != std::string::npos);
  CHECK(outcome.text.find("case cut: ") != std::string::npos);
  CHECK(outcome.text.find("at most 32767 fit into NIfTI-1") != std::string::npos);
  CHECK(outcome.text.find("its name is longer than 160 bytes") != std::string::npos);
  CHECK(listing(out) == "good.nii.gz segpredict.json");
  CHECK(seg::read_file(folder.path / "lines").find("{\"case\":\"cut\",\"error\":") !=
        std::string::npos);
}

TEST_CASE("segpredict refuses what cannot be meant", "[apps]") {
  const TemporaryFolder folder;
  const fs::path image = images() / "amos_0001.nii.gz", out = folder.path / "out";
  const auto refused = [&](const fs::path& input, const std::string& more, int code,
                           const std::string& says) {
    const Outcome outcome = predict(input, out, more);
    INFO(more << "\n" << outcome.text);
    CHECK(outcome.code == code);
    CHECK(outcome.text.find(says) != std::string::npos);
  };
  refused("/nowhere.nii.gz", "", 3, "/nowhere.nii.gz");
  refused(image, "--order sideways", 2, "--order sideways: is none of logits, labels");
  refused(image, "--part 3/2", 2, "3/2");
  refused(image, "--flip=up", 2, "--flip up: is none of none, in_plane, all");
  refused(image, "--probabilities --order labels", 2, "--probabilities with --order labels");
  refused(image, "--set inference.overlap=2", 2, "inference.overlap");
  refused(image, "--checkpoint " + folder.path.string(), 1, folder.path.string());
  refused(image, "--json /nowhere/lines", 2, "/nowhere is no folder");
  CHECK(!fs::exists(out / "amos_0001.nii.gz"));
  const Outcome unwritable = predict(image, "/proc/out");
  INFO(unwritable.text);
  CHECK(unwritable.code == 1);
  CHECK(unwritable.text.find("/proc/out") != std::string::npos);

  REQUIRE(predict(image, out).code == 0);
  const fs::path namesake = folder.path / "amos_0001.nii.gz";
  fs::copy(images() / "amos_0002.nii.gz", namesake);
  refused(namesake, "", 3, "is the label of another volume of that name");
  refused(image, "--json " + folder.path.string(), 2, "is a folder");
  refused(images(), "--flip", 2, "holds predictions made with other inference.flip");
  refused(images(), "--largest-component", 2, "other largest_component");
  const Outcome into = predict(image, images());
  CHECK(into.code == 2);
  CHECK(into.text.find("is the folder of the image amos_0001.nii.gz") != std::string::npos);
  CHECK(predict(images(), out, "--flip --overwrite").code == 0);
}

TEST_CASE("segpredict that is killed leaves whole files, and goes on", "[apps]") {
  const TemporaryFolder folder;
  const fs::path whole = folder.path / "whole", out = folder.path / "out";
  REQUIRE(predict(images(), whole).code == 0);
  for (const std::string at : {"window:9", "predicted:2", "replace:2", "replaced:3"}) {
    const Outcome killed = seg::test::run_command(
        "SEG_STOP_AT=" + at + ":" + std::to_string(SIGKILL) + " " + seg::program_folder().string() +
        "/segpredict -c " + tiny_run().string() + " -i " + images().string() + " -o " +
        out.string() + " --set threads=1");
    INFO(at << "\n" << killed.text);
    CHECK(killed.code == 128 + SIGKILL);
    for (const auto& entry : fs::directory_iterator(out))
      if (entry.path().filename().string().starts_with("amos_"))
        CHECK(seg::read_file(entry.path()) == seg::read_file(whole / entry.path().filename()));
  }
  const Outcome stopped = seg::test::run_command(
      "SEG_STOP_AT=window:2:" + std::to_string(SIGINT) + " " + seg::program_folder().string() +
      "/segpredict --overwrite -c " + tiny_run().string() + " -i " + images().string() + " -o " +
      out.string() + " --set threads=1");
  CHECK(stopped.code == 130);
  REQUIRE(predict(images(), out).code == 0);
  CHECK(listing(out) == listing(whole));
}

TEST_CASE("two processes may write the same output", "[apps]") {
  const TemporaryFolder folder;
  const fs::path out = folder.path / "out", whole = folder.path / "whole";
  const std::string command = seg::program_folder().string() + "/segpredict -c " +
                              tiny_run().string() + " -i " + images().string() + " -o " +
                              out.string() + " --set threads=1";
  const Outcome both = seg::test::run_command("( " + command + " & a=$!; " + command +
                                              " & b=$!; wait $a && wait $b )");
  INFO(both.text);
  CHECK(both.code == 0);
  REQUIRE(predict(images(), whole).code == 0);
  CHECK(listing(out) == listing(whole));
  for (const char* id : {"amos_0001", "amos_0002", "amos_0003", "amos_0004"})
    CHECK(seg::read_file(out / (id + std::string(".nii.gz"))) ==
          seg::read_file(whole / (id + std::string(".nii.gz"))));
}

// The phantoms' files differ in orientation and spacing.
TEST_CASE("what was learnt on the prepared grid is found again on the files' own grids",
          "[apps][.slow]") {
  const TemporaryFolder folder;
  const fs::path data = folder.path / "data", run = folder.path / "run", in = folder.path / "in";
  REQUIRE(run_program("segphantom amos --cases 8 --seed 1 --out " + data.string()).code == 0);
  const Outcome trained = run_program(
      "segtrain --config demo.yaml --output " + run.string() + " --set data.root=" + data.string() +
      " --set prep.cache=" + (folder.path / "cache").string() +
      " --set 'data.split={train: 5, validation: 1, test: 2}' --set training.epochs=12"
      " --set training.milestones=[6,8,10,11]");
  INFO(trained.text);
  REQUIRE(trained.code == 0);
  REQUIRE(run_program("segeval --space preprocessed --run " + run.string()).code == 0);
  fs::create_directories(in);
  const auto split = nlohmann::json::parse(seg::read_file(run / "split.json"));
  for (const std::string id : split.at("test"))
    fs::copy(data / "imagesTr" / (id + ".nii.gz"), in / (id + ".nii.gz"));
  REQUIRE(run_program("segpredict -c " + run.string() + " -i " + in.string() + " -o " +
                      (folder.path / "out").string())
              .code == 0);
  REQUIRE(run_program("segeval --truth " + (data / "labelsTr").string() + " --prediction " +
                      (folder.path / "out").string() + " --output " + (folder.path / "e").string())
              .code == 3);  // of the cases that were not predicted
  double raw = 0, prepared = 0;
  int found = 0;
  for (const std::string id : split.at("test"))
    for (const char* organ :
         {"liver", "spleen", "stomach", "left kidney", "right kidney", "bladder", "aorta"}) {
      const double inside = std::stod(cell(run / "dsc-preprocessed.csv", id, organ, "dsc"));
      if (inside < 0.8) continue;
      prepared += inside;
      raw += std::stod(cell(folder.path / "e" / "dsc.csv", id, organ, "dsc"));
      ++found;
    }
  REQUIRE(found >= 6);
  INFO(raw / found << " on the files' grids, " << prepared / found << " on the prepared one");
  // The prepared grid of 5.5 mm is coarser than the files', where logits resolve more than labels.
  CHECK((raw - prepared) / found > -0.01);
  CHECK((raw - prepared) / found < 0.03);
}
