// What the programs say and write where names, output and files are not as one expects.
#include "core/files.h"
#include "core/text.h"
#include "support/catch.h"
#include "support/commands.h"

#include <sys/stat.h>

namespace fs = std::filesystem;

namespace {

seg::test::Outcome program(const std::string& arguments) {
  return seg::test::run_command("timeout 120 " + seg::program_folder().string() + "/" + arguments);
}

// A small data set whose second case has another name, and a configuration of it.
struct NamedData {
  seg::test::TemporaryFolder folder;

  explicit NamedData(const std::string& name) {
    const fs::path data = folder.path / "data";
    REQUIRE(
        program("segphantom amos --cases 3 --seed 3 --size 32 48 48 --out " + data.string()).code ==
        0);
    for (const char* part : {"imagesTr", "labelsTr"})
      fs::rename(data / part / "amos_0002.nii.gz", data / part / (name + ".nii.gz"));
    seg::write_file(config(), "data: {root: " + data.string() +
                                  ", split: {train: 2, validation: 1}, sampling: random}\n"
                                  "prep: {cache: " +
                                  (folder.path / "cache").string() +
                                  ", spacing: [4, 4, 4]}\n"
                                  "model: {base_channels: 4}\n"
                                  "training: {patch: [16, 32, 32], epochs: 1, steps_per_epoch: 1, "
                                  "precision: float32}\n"
                                  "evaluation: {regions: {\"a|b,\\e[31m\\n\": [liver]}}\n"
                                  "device: cpu\n");
  }

  fs::path config() const { return folder.path / "c.yaml"; }
};

bool has_control_characters(const std::string& text) {
  return seg::visible(text, seg::Breaks::all) != text;
}

}  // namespace

TEST_CASE("names with commas, line breaks and escapes neither break files nor command the terminal",
          "[apps]") {
  const std::string name = "x,\"1\"\n\x1b[31m=|y";
  const NamedData data(name);
  const fs::path run = data.folder.path / "run";
  const auto outcome =
      program("segtrain --config " + data.config().string() + " --output " + run.string() +
              " --set \"data.split={train: [amos_0001, amos_0003], "
              "validation: [\\\"x,\\\\\\\"1\\\\\\\"\\\\n\\\\e[31m=|y\\\"]}\"");
  INFO(outcome.text);
  REQUIRE(outcome.code == 0);
  CHECK_FALSE(has_control_characters(outcome.text));
  CHECK_FALSE(has_control_characters(seg::read_file(run / "log.txt")));
  CHECK(seg::read_file(run / "dsc.csv").find(",\"x,\"\"1\"\"\n\x1b[31m=|y\",\"a|b,\x1b[31m\n\",") !=
        std::string::npos);
  CHECK(outcome.text.find("\n| a\\|b,\\\\x1b\\[31m\\\\n | ") != std::string::npos);
  const auto verified = program("segprep verify --config " + data.config().string());
  CHECK(verified.code == 0);
  CHECK_FALSE(has_control_characters(verified.text));
}

TEST_CASE("a name that is not UTF-8 is refused in a sentence", "[apps]") {
  const NamedData data("Niere\xfc");
  for (const char* command : {"segprep verify --config ", "segprep --config "}) {
    const auto outcome = program(command + data.config().string());
    CHECK(outcome.code == 3);
    CHECK(outcome.text.ends_with(
        "data: the name of the case Niere\\xfc is not UTF-8; rename its files\n"));
  }
  const auto outcome =
      program("segtrain --config " + data.config().string() + " --output Ausgabe\xfc");
  CHECK(outcome.code == 2);
  CHECK(outcome.text == "error: --output Ausgabe\\xfc: must be UTF-8 text\n");
}

TEST_CASE("standard output that cannot be written is an error", "[apps]") {
  for (const char* command :
       {"segtrain --config-reference", "segtrain --help", "segprep --version"}) {
    INFO(command);
    const auto writing_to = [&](const std::string& place) {
      return seg::test::run_command("(" + seg::program_folder().string() + "/" + command + " >" +
                                    place + ")");
    };
    const auto full = writing_to("/dev/full");
    CHECK(full.code == 1);
    CHECK(full.text == "error: standard output cannot be written (No space left on device)\n");
    CHECK(writing_to("&-").code == 1);
  }
}

TEST_CASE("a file that may not grow is an error, not a killed program", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const auto outcome = seg::test::run_command("ulimit -f 4; " + seg::program_folder().string() +
                                              "/segphantom amos --cases 1 --size 32 48 48 --out " +
                                              (folder.path / "data").string());
  INFO(outcome.text);
  CHECK(outcome.code == 1);
  CHECK(outcome.text.find("error: ") != std::string::npos);
}

TEST_CASE("pipes and devices are refused, not waited for", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const std::string pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(program("segtrain --config " + pipe).code == 2);
  CHECK(program("segtrain --config /dev/zero").code == 2);
  seg::write_file(folder.path / "c.yaml", "base: pipe\n");
  CHECK(program("segtrain --config " + (folder.path / "c.yaml").string()).code == 2);
}
