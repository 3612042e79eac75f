// The built programs on a small phantom, as a user would run them.
#include "core/files.h"
#include "support/catch.h"
#include "support/commands.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace {

using seg::test::Outcome;

Outcome run_program(const std::string& arguments) {
  return seg::test::run_command(seg::program_folder().string() + "/" + arguments);
}

// A tiny phantom data set, made once.
const fs::path& phantom() {
  static const seg::test::TemporaryFolder folder;
  static const bool made = [] {
    const Outcome outcome =
        run_program("segphantom amos --cases 4 --seed 3 --size 32 48 48 --out " +
                    (folder.path / "data").string());
    INFO(outcome.text);
    REQUIRE(outcome.code == 0);
    return true;
  }();
  (void)made;
  return folder.path;
}

std::string training(const fs::path& output, const std::string& more = "") {
  const fs::path base = phantom();
  std::ofstream(base / "tiny.yaml")
      << "data: {root: " << (base / "data").string()
      << ", split: {train: 2, validation: 1, test: 1}, sampling: random}\n"
      << "prep: {cache: " << (base / "cache").string() << ", spacing: [4, 4, 4]}\n"
      << "model: {base_channels: 4}\n"
      << "training: {patch: [16, 32, 32], epochs: 2, steps_per_epoch: 2, precision: float32}\n"
      << "device: cpu\n";
  return "segtrain --config " + (base / "tiny.yaml").string() + " --output " + output.string() +
         " " + more;
}

std::string without_times(const fs::path& csv) {
  std::ifstream in(csv);
  std::string text, line;
  while (std::getline(in, line)) {
    std::stringstream cells(line);
    std::string cell;
    for (int i = 0; std::getline(cells, cell, ','); ++i)
      if (i != 4) text += cell + ",";
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE(
    "a run ends with its table, is written again by segeval, and the same command adds nothing",
    "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  const Outcome outcome = run_program(training(out));
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  for (const char* file :
       {"config.yaml", "split.json", "log.txt", "metrics.csv", "dsc.csv", "dsc.md",
        "checkpoints/best/weights.safetensors", "checkpoints/last/state.json"})
    CHECK(fs::exists(out / file));
  const std::string table = seg::read_file(out / "dsc.csv");
  const fs::path picture = out / "pictures" / (table.substr(table.find("amos_"), 9) + ".png");
  CHECK(fs::exists(picture));
  CHECK(outcome.text.find("Table: " + (out / "dsc.md").string()) != std::string::npos);
  CHECK(outcome.text.find("Picture: " + picture.string()) != std::string::npos);
  fs::remove(out / "dsc.csv");
  const Outcome again = run_program("segeval --run " + out.string());
  INFO(again.text);
  REQUIRE(again.code == 0);
  CHECK(seg::read_file(out / "dsc.csv") == table);
  const Outcome other = run_program("segeval --part validation --run " + out.string());
  INFO(other.text);
  REQUIRE(other.code == 0);
  CHECK(other.text.find("Table: " + (out / "dsc-validation.md").string()) != std::string::npos);
  CHECK(seg::read_file(out / "dsc.csv") == table);
  CHECK(seg::read_file(out / "dsc-validation.csv") != table);
  const std::string metrics = seg::read_file(out / "metrics.csv");
  CHECK(run_program(training(out)).code == 0);
  CHECK(seg::read_file(out / "metrics.csv") == metrics);
}

TEST_CASE("a run that stops half-way and goes on equals one that never stopped", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path whole = folder.path / "whole", parts = folder.path / "parts";
  REQUIRE(run_program(training(whole)).code == 0);
  REQUIRE(run_program(training(parts, "--set training.epochs=1")).code == 0);
  const Outcome rest = run_program(training(parts));
  INFO(rest.text);
  REQUIRE(rest.code == 0);
  CHECK(rest.text.find("continuing from step 2") != std::string::npos);
  CHECK(without_times(whole / "metrics.csv") == without_times(parts / "metrics.csv"));
  CHECK(seg::read_file(whole / "checkpoints/last/weights.safetensors") ==
        seg::read_file(parts / "checkpoints/last/weights.safetensors"));
}

TEST_CASE("a run that is killed or stopped at any moment goes on to the same end",
          "[apps][.slow]") {
  const seg::test::TemporaryFolder folder;
  const fs::path whole = folder.path / "whole", parts = folder.path / "parts";
  const std::string longer =
      "--set training.steps_per_epoch=6 --set data.workers=1 --set training.average=0.9";
  REQUIRE(run_program(training(whole, longer)).code == 0);
  const auto started = std::chrono::steady_clock::now();
  REQUIRE(run_program(training(folder.path / "timed", longer)).code == 0);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const std::string program = seg::program_folder().string() + "/";
  for (const double share : {0.3, 0.6, 0.75, 0.9}) {
    const std::string signal = share == 0.6 ? "TERM" : "KILL";
    const std::string command = "timeout -s " + signal + " " + std::to_string(seconds * share) +
                                " " + program + training(parts, longer);
    INFO(command);
    const int status = std::system((command + " > /dev/null 2>&1").c_str());
    CHECK(WIFEXITED(status));
    if (fs::exists(parts / "checkpoints/last"))
      CHECK(fs::exists(parts / "checkpoints/last/state.json"));
  }
  const Outcome rest = run_program(training(parts, longer));
  INFO(rest.text);
  REQUIRE(rest.code == 0);
  CHECK(without_times(whole / "metrics.csv") == without_times(parts / "metrics.csv"));
  CHECK(seg::read_file(whole / "checkpoints/best/weights.safetensors") ==
        seg::read_file(parts / "checkpoints/best/weights.safetensors"));
  CHECK(seg::read_file(whole / "dsc.csv") == seg::read_file(parts / "dsc.csv"));
}

TEST_CASE("bad input ends with one sentence and the right exit code", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  const auto refused = [&](const std::string& more, int code, const std::string& says) {
    const Outcome outcome = run_program(training(out, more));
    INFO(more << "\n" << outcome.text);
    CHECK(outcome.code == code);
    CHECK(outcome.text.find(says) != std::string::npos);
    CHECK_FALSE(fs::exists(out / "checkpoints"));
  };
  refused("--set training.epochz=2", 2,
          "unknown key 'training.epochz'; did you mean 'training.epochs'?");
  refused("--set training.epochs=many", 2, "training.epochs must be an integer, not 'many'");
  refused("--set training.patch=[16,30,32]", 2, "training.patch");
  refused("--set training.patch=[16,16,16]", 2, "one voxel at its deepest level");
  refused("--set data.root=/nowhere", 3, "/nowhere");
  refused("--set data.labels='{1: spleen}'", 3, "label");
  refused("--set device=cuda:77", 1, "cuda:77");
  refused("--set data.split='{train: [amos_0001, amos_0002], validation: [amos_0002]}'", 3,
          "amos_0002");
  refused("--set data.split='{train: [amos_0009]}'", 3, "amos_0009");
  fs::create_directories(folder.path / "empty" / "imagesTr");
  fs::copy(phantom() / "data" / "dataset.json", folder.path / "empty");
  refused("--set data.root=" + (folder.path / "empty").string(), 3, "holds no case");
  CHECK(run_program("segtrain").code == 2);
  CHECK(run_program("segtrain --config no_such.yaml").code == 2);
  CHECK(run_program("segtrain --nonsense").code == 2);
  CHECK(run_program("segeval --run " + folder.path.string()).code == 1);
  CHECK(run_program(training("/proc/nowhere")).code == 1);
}

TEST_CASE("data that cannot be trained on end the run by name before it begins", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path images = folder.path / "data" / "imagesTr",
                 labels = folder.path / "data" / "labelsTr", out = folder.path / "run";
  fs::copy(phantom() / "data", folder.path / "data", fs::copy_options::recursive);
  const std::string training_here =
      training(out, "--set data.root=" + (folder.path / "data").string() +
                        " --set prep.cache=" + (folder.path / "cache").string());
  const auto refused = [&](const std::string& says) {
    const Outcome outcome = run_program(training_here);
    INFO(outcome.text);
    CHECK(outcome.code == 3);
    CHECK(outcome.text.find(says) != std::string::npos);
    CHECK_FALSE(fs::exists(out / "checkpoints"));
    fs::remove_all(folder.path / "data");
    fs::copy(phantom() / "data", folder.path / "data", fs::copy_options::recursive);
  };
  REQUIRE(run_program("segphantom amos --cases 4 --seed 3 --size 40 48 48 --out " +
                      (folder.path / "other").string())
              .code == 0);
  fs::copy(folder.path / "other" / "labelsTr" / "amos_0002.nii.gz", labels,
           fs::copy_options::overwrite_existing);
  refused("case amos_0002: labelsTr/amos_0002.nii.gz: size 48 x 48 x 40 against 48 x 48 x 32");
  fs::resize_file(images / "amos_0003.nii.gz", fs::file_size(images / "amos_0003.nii.gz") / 2);
  refused("the file is truncated");
  std::ofstream(images / "amos_0004.nii.gz") << "version https://example.org/spec/v1\n";
  refused("amos_0004.nii.gz");
  fs::remove(images / "amos_0001.nii.gz");
  const Outcome outcome = run_program(training_here);  // four cases are asked for
  INFO(outcome.text);
  CHECK(outcome.code == 3);
}

TEST_CASE("a run warns of what its crop cuts off and of a test case that it trains on", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path data = folder.path / "data", out = folder.path / "run";
  fs::copy(phantom() / "data", data, fs::copy_options::recursive);
  for (const char* part : {"imagesTr", "labelsTr"}) {
    fs::remove(data / part / "amos_0003.nii.gz");
    fs::create_symlink(data / part / "amos_0001.nii.gz", data / part / "amos_0003.nii.gz");
  }
  const Outcome outcome = run_program(
      training(out, "--set data.root=" + data.string() +
                        " --set prep.cache=" + (folder.path / "cache").string() +
                        " --set prep.crop.size=[~,~,16] --set training.max_steps=1 --set "
                        "'data.split={train: [amos_0001], validation: [amos_0002], test: "
                        "[amos_0003]}'"));
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  const std::string log = seg::read_file(out / "log.txt");
  for (const char* says : {"cases amos_0001 (train) and amos_0003 (test) share an image file",
                           "cases amos_0001 (train) and amos_0003 (test) show the same image",
                           "test cases: prep.crop cuts off label voxels of these cases"})
    CHECK(log.find(says) != std::string::npos);
  CHECK(seg::read_file(out / "dsc.md").find("prep.crop cuts off label voxels") !=
        std::string::npos);
}

TEST_CASE("a refused configuration does not block the corrected command, and paths may hold quotes",
          "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "it's";
  const std::string quoted = "\"" + out.string() + "\"";
  CHECK(run_program(training(quoted, "--set augmentation.scaling=[2,1]")).code == 2);
  CHECK(run_program(training(quoted, "--set augmentation.device=cuda")).code == 2);
  CHECK(run_program(training(quoted, "--set data.sampling=volume")).code ==
        2);  // the volumes are larger than the patch
  CHECK_FALSE(fs::exists(out / "checkpoints"));
  const Outcome right = run_program(training(quoted, "--set training.max_steps=1"));
  INFO(right.text);
  CHECK(right.code == 0);
  CHECK(fs::exists(out / "dsc.csv"));
  CHECK(run_program("segeval --run " + quoted).code == 0);
}

TEST_CASE("a checkpoint of another model is refused", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  REQUIRE(run_program(training(out, "--set training.max_steps=1")).code == 0);
  const Outcome outcome =
      run_program("segeval --run " + out.string() + " --set model.base_channels=8");
  INFO(outcome.text);
  CHECK(outcome.code == 1);
  CHECK(outcome.text.find("holds the network 'unet 1 -> 16, base 4'") != std::string::npos);
  const Outcome other = run_program(training(out, "--set loss.name=CE"));
  CHECK(other.code == 2);
  CHECK(other.text.find("loss.name (CWCD there, CE now)") != std::string::npos);
}

TEST_CASE("every program explains itself", "[apps]") {
  for (const char* program : {"segtrain", "segeval", "segphantom", "segprep"}) {
    const Outcome outcome = run_program(std::string(program) + " --help");
    INFO(program);
    CHECK(outcome.code == 0);
    CHECK(outcome.text.find("Examples:") != std::string::npos);
  }
  const Outcome reference = run_program("segtrain --config-reference");
  CHECK(reference.text.find("`loss.contour.iterations`") != std::string::npos);
}
