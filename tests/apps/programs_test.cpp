// The built programs on a small phantom, as a user would run them.
#include "core/files.h"
#include "support/catch.h"
#include "support/tiny_run.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace {

using seg::test::Outcome;
using seg::test::run_program;
using seg::test::tiny_phantom;
using seg::test::tiny_training;

}  // namespace

TEST_CASE(
    "a run ends with its table, is written again by segeval, and the same command adds nothing",
    "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  const Outcome outcome = run_program(tiny_training(out));
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  for (const char* file : {"config.yaml", "split.json", "log.txt", "metrics.csv", "dsc.csv",
                           "dsc.md", "checkpoints/best/weights.safetensors",
                           "checkpoints/last/state.json", "checkpoints/last/task.json"})
    CHECK(fs::exists(out / file));
  CHECK(seg::read_file(out / "checkpoints/last/config.yaml") ==
        seg::read_file(out / "config.yaml") + "...\n");
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
  CHECK(run_program(tiny_training(out)).code == 0);
  CHECK(seg::read_file(out / "metrics.csv") == metrics);
}

TEST_CASE("bad input ends with one sentence and the right exit code", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  const auto refused = [&](const std::string& more, int code, const std::string& says) {
    const Outcome outcome = run_program(tiny_training(out, more));
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
  fs::copy(tiny_phantom() / "data" / "dataset.json", folder.path / "empty");
  refused("--set data.root=" + (folder.path / "empty").string(), 3, "holds no case");
  CHECK(run_program("segtrain").code == 2);
  CHECK(run_program("segtrain --config no_such.yaml").code == 2);
  CHECK(run_program("segtrain --nonsense").code == 2);
  CHECK(run_program("segeval --run " + folder.path.string()).code == 1);
  CHECK(run_program(tiny_training("/proc/nowhere")).code == 1);
}

TEST_CASE("data that cannot be trained on end the run by name before it begins", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path images = folder.path / "data" / "imagesTr",
                 labels = folder.path / "data" / "labelsTr", out = folder.path / "run";
  fs::copy(tiny_phantom() / "data", folder.path / "data", fs::copy_options::recursive);
  const std::string training_here =
      tiny_training(out, "--set data.root=" + (folder.path / "data").string() +
                             " --set prep.cache=" + (folder.path / "cache").string());
  const auto refused = [&](const std::string& says) {
    const Outcome outcome = run_program(training_here);
    INFO(outcome.text);
    CHECK(outcome.code == 3);
    CHECK(outcome.text.find(says) != std::string::npos);
    CHECK_FALSE(fs::exists(out / "checkpoints"));
    fs::remove_all(folder.path / "data");
    fs::copy(tiny_phantom() / "data", folder.path / "data", fs::copy_options::recursive);
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
  fs::copy(tiny_phantom() / "data", data, fs::copy_options::recursive);
  for (const char* part : {"imagesTr", "labelsTr"}) {
    fs::remove(data / part / "amos_0003.nii.gz");
    fs::create_symlink(data / part / "amos_0001.nii.gz", data / part / "amos_0003.nii.gz");
  }
  const Outcome outcome = run_program(
      tiny_training(out, "--set data.root=" + data.string() +
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
  CHECK(run_program("segeval --space preprocessed --run " + out.string()).code == 0);
  CHECK(seg::read_file(out / "dsc-preprocessed.md").find("prep.crop cuts off label voxels") !=
        std::string::npos);
}

TEST_CASE("a refused configuration does not block the corrected command, and paths may hold quotes",
          "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "it's";
  const std::string quoted = "\"" + out.string() + "\"";
  CHECK(run_program(tiny_training(quoted, "--set augmentation.scaling=[2,1]")).code == 2);
  CHECK(run_program(tiny_training(quoted, "--set augmentation.device=cuda")).code == 2);
  CHECK(run_program(tiny_training(quoted, "--set data.sampling=volume")).code ==
        2);  // the volumes are larger than the patch
  CHECK_FALSE(fs::exists(out / "checkpoints"));
  const Outcome right = run_program(tiny_training(quoted, "--set training.max_steps=1"));
  INFO(right.text);
  CHECK(right.code == 0);
  CHECK(fs::exists(out / "dsc.csv"));
  CHECK(run_program("segeval --run " + quoted).code == 0);
}

TEST_CASE("a checkpoint of another model is refused", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path out = folder.path / "run";
  REQUIRE(run_program(tiny_training(out, "--set training.max_steps=1")).code == 0);
  const Outcome outcome =
      run_program("segeval --run " + out.string() + " --set model.base_channels=8");
  INFO(outcome.text);
  CHECK(outcome.code == 1);
  CHECK(outcome.text.find("holds the network 'unet 1 -> 16, base 4'") != std::string::npos);
  const Outcome other = run_program(tiny_training(out, "--set loss.name=CE"));
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
