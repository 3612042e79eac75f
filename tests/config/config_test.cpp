#include "config/config.h"

#include "core/error.h"
#include "core/files.h"
#include "support/catch.h"
#include "support/other_value.h"

#include <sys/stat.h>

#include <algorithm>

namespace fs = std::filesystem;
using seg::config_from;
using seg::load_config;

namespace {

// What load_config says about the text, "FILE" standing for the file's path.
std::string message(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const seg::test::TemporaryFolder folder;
  const std::string file = folder.path / "c.yaml";
  seg::write_file(file, text);
  try {
    load_config(file, overrides);
  } catch (const seg::Error& e) {
    CHECK(e.exit_code() == 2);
    std::string what = e.what();
    for (auto at = what.find(file); at != std::string::npos; at = what.find(file))
      what.replace(at, file.size(), "FILE");
    return what;
  }
  return "no error";
}

std::string set_message(const std::string& assignment) { return message("", {assignment}); }

seg::Config load_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const seg::test::TemporaryFolder folder;
  seg::write_file(folder.path / "c.yaml", text);
  return load_config(folder.path / "c.yaml", overrides);
}

}  // namespace

TEST_CASE("an unknown key is an error with its place and the nearest key", "[config]") {
  CHECK(message("training:\n  epoch: 3\n") ==
        "FILE:2:3: unknown key 'training.epoch'; did you mean 'training.epochs'?");
  CHECK(message("traning: {epochs: 3}") ==
        "FILE:1:1: unknown key 'traning'; did you mean 'training'?");
  CHECK(message("epochs: 3") == "FILE:1:1: unknown key 'epochs'; did you mean 'training.epochs'?");
  CHECK(message("loss: {iterations: 3}") ==
        "FILE:1:8: unknown key 'loss.iterations'; did you mean 'loss.contour.iterations'?");
  CHECK(message("zzzzzzzz: 3") ==
        "FILE:1:1: unknown key 'zzzzzzzz'; --config-reference lists all keys");
  CHECK(set_message("modl.name=unet") ==
        "--set modl.name: unknown key 'modl.name'; did you mean 'model.name'?");
}

TEST_CASE("a very long word is not compared with all that are known", "[config]") {
  const std::string longer(100'000, 'x');  // takes seconds, and minutes at ten times the length
  CHECK(set_message(longer + "=1").ends_with("; --config-reference lists all keys"));
  CHECK(message("loss: {name: " + longer + "}").ends_with("not '" + longer + "'"));
}

TEST_CASE("a key that stands twice is an error", "[config]") {
  CHECK(message("training:\n  seed: 1\n  epochs: 2\n  seed: 3\n") ==
        "FILE:4:3: the key 'training.seed' stands twice");
  CHECK(message("loss: {name: CE}\nmodel: {name: unet}\nloss: {name: DL}\n") ==
        "FILE:3:1: the key 'loss' stands twice");
  CHECK(message("data:\n  labels: {1: a, 2: b, 1: c}\n") ==
        "FILE:2:24: the key '1' stands twice in data.labels");
  CHECK(message("evaluation:\n  regions: {WT: [a], WT: [b]}\n") ==
        "FILE:2:22: the key 'WT' stands twice in evaluation.regions");
  CHECK(set_message("training={seed: 1, seed: 2}") ==
        "--set training.seed: the key 'training.seed' stands twice");
}

TEST_CASE("a value of the wrong type is an error", "[config]") {
  CHECK(message("training:\n  epochs: many\n") ==
        "FILE:2:11: training.epochs must be an integer, not 'many'");
  CHECK(message("training: {epochs: 2.5}") ==
        "FILE:1:20: training.epochs must be an integer, not '2.5'");
  CHECK(message("training: {epochs: '2'}") ==
        "FILE:1:20: training.epochs must be an integer, not '2'");
  CHECK(message("training: {epochs: }") ==
        "FILE:1:12: training.epochs must be an integer, not nothing");
  CHECK(message("training: {learning_rate: [1]}") ==
        "FILE:1:27: training.learning_rate must be a number, not a list");
  CHECK(message("training: {learning_rate: .nan}") ==
        "FILE:1:27: training.learning_rate must be a number, not '.nan'");
  CHECK(message("loss: {per_sample: 2}") ==
        "FILE:1:20: loss.per_sample must be true or false, not '2'");
  CHECK(message("training: {patch: 64}") ==
        "FILE:1:19: training.patch must be a list of integers, not '64'");
  CHECK(message("training: 7") == "FILE:1:1: training is a section: it holds a map of keys");
  CHECK(message("data: {labels: {1: [a]}}") ==
        "FILE:1:16: data.labels must map '1' to one text, not to a list");
  CHECK(message("data: {channels: 4}") ==
        "FILE:1:18: data.channels must be a list of names or a map, not '4'");
  CHECK(message("data: {root: {a: b}}") == "FILE:1:14: data.root must be a path, not a map");
}

TEST_CASE("a number that YAML 1.1 would take for another is an error", "[config]") {
  CHECK(message("training: {epochs: 010}") ==
        "FILE:1:20: training.epochs must be an integer without leading zeros, not '010'");
  CHECK(message("training: {epochs: 0x10}") ==
        "FILE:1:20: training.epochs must be an integer, not '0x10'");
  CHECK(message("training: {epochs: 99999999999999999999}") ==
        "FILE:1:20: training.epochs must be an integer of 64 bits, not '99999999999999999999'");
  CHECK(message("training: {learning_rate: 01.5}") ==
        "FILE:1:27: training.learning_rate must be a number without leading zeros, not '01.5'");
  CHECK(message("training: {learning_rate: 1e999}") ==
        "FILE:1:27: training.learning_rate must be a number, not '1e999'");
  CHECK(message("data: {split: {train: 1e300}}") ==
        "FILE:1:15: data.split has 'train', which must be at least 0 and at most 1000000000, not "
        "1e+300 (a count, a fraction below 1 or a list of case ids)");
  CHECK(load_text("training: {epochs: +7, max_steps: 0, decay: 0.5}").training.epochs == 7);
}

TEST_CASE("a text that is no name for a file is an error", "[config]") {
  CHECK(message("data: {root: \"a\\0b\"}") == "FILE:1:14: data.root must not hold a NUL character");
  CHECK(message("data: {root: a\xfc}") == "FILE:1:14: data.root must be UTF-8 text, not 'a\\xfc'");
  CHECK(message("data: {labels: {1: \"a\\0b\"}}") ==
        "FILE:1:16: data.labels must not hold a NUL character");
  CHECK(message("data: {labels: {[1]: a}}") ==
        "FILE:1:16: data.labels must be a map from texts, not a list");
}

TEST_CASE("a second YAML document is an error", "[config]") {
  CHECK(message("training: {epochs: 2}\n---\ntraining: {epochs: 3}\n") ==
        "FILE: holds 2 YAML documents, of which one can be read; remove the line '---' and what "
        "follows it");
  CHECK(message("---\ntraining: {epochs: 2}\n") == "no error");
  CHECK(message("") == "no error");
  CHECK(set_message("training.epochs=2\n---\n3")
            .starts_with("--set training.epochs: the value "
                         "holds 2 YAML documents"));
}

TEST_CASE("a key of a former release says what to write instead", "[config]") {
  CHECK(message("loss: {name: CWCD, preset: release}") ==
        "FILE:1:20: loss.preset is no key any more: leave it out where it was 'paper', and write "
        "loss.name: CWCD_release where it was 'release'");
  CHECK(set_message("loss.preset=paper").starts_with("--set loss.preset: loss.preset is no key"));
}

TEST_CASE("a pipe or a device is no configuration", "[config]") {
  const seg::test::TemporaryFolder folder;
  const fs::path pipe = folder.path / "pipe", file = folder.path / "c.yaml";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(load_config(pipe),
                    "--config " + pipe.string() + ": is no regular file; name a YAML file");
  CHECK_THROWS_WITH(load_config("/dev/zero"),
                    "--config /dev/zero: is no regular file; name a YAML file");
  seg::write_file(file, "base: pipe\n");
  CHECK_THROWS_WITH(load_config(file),
                    file.string() + ":1:7: base: " + pipe.string() + " is no regular file");
  const std::string longer(5000, 'x');
  CHECK_THROWS_AS(load_config(longer), seg::Error);
  seg::write_file(file, "base: " + longer + "\n");
  CHECK_THROWS_AS(load_config(file), seg::Error);
}

TEST_CASE("a value out of its range is an error", "[config]") {
  CHECK(message("training: {epochs: 0}") ==
        "FILE:1:20: training.epochs must be at least 1 and at most 1000000, not 0");
  CHECK(message("training: {learning_rate: 0}") ==
        "FILE:1:27: training.learning_rate must be above 0, not 0");
  CHECK(message("loss: {lambda: 1.5}") ==
        "FILE:1:16: loss.lambda must be at least 0 and at most 1, not 1.5");
  CHECK(message("loss: {name: cwcd}") ==
        "FILE:1:14: loss.name must be one of GDL, DWCE, CEDL, CWCD, CE, CWCE, DL, SDL, "
        "CWCD_release, not 'cwcd'; did you mean 'CWCD'?");
  CHECK(message("training: {patch: [64, 96]}") ==
        "FILE:1:19: training.patch must have 3 values, not 2");
  CHECK(message("training: {patch: [64, 96, 0]}") ==
        "FILE:1:19: training.patch must be at least 1 and at most 65536, not 0");
  CHECK(message("prep: {normalise: {clip: [1]}}") ==
        "FILE:1:26: prep.normalise.clip must have 0 or 2 values, not 1");
  const std::string interval =
      "FILE:1:26: prep.normalise.clip must be [lowest, highest] with lowest < highest, not ";
  CHECK(message("prep: {normalise: {clip: [1000, -1000]}}") == interval + "[1000, -1000]");
  CHECK(message("prep: {normalise: {clip: [5, 5]}}") == interval + "[5, 5]");
  CHECK(message("prep: {normalise: {clip: [-0.5, 5]}}") == "no error");
}

TEST_CASE("the split's messages", "[config]") {
  CHECK(message("data: {split: {tran: 3}}") ==
        "FILE:1:15: data.split has the unknown key 'tran' (known: train, validation, test, seed, "
        "folds)");
  CHECK(message("data: {split: {train: 1.5}}") ==
        "FILE:1:15: data.split has 'train', which must be a whole count or a fraction below 1, not "
        "1.5");
  CHECK(message("data: {split: {train: a}}") ==
        "FILE:1:15: data.split has 'train', which must be a number, not 'a' (a count, a fraction "
        "below 1 or a list of case ids)");
  CHECK(message("data: {split: [a, b]}") ==
        "FILE:1:15: data.split must be a JSON file, or a map of train, validation and test");
}

TEST_CASE("files that cannot be read", "[config]") {
  CHECK(message("training: [1, 2\n").starts_with("FILE:2:1: not valid YAML: "));
  CHECK(message("- 1\n- 2\n") == "FILE: must be a map of keys such as 'data:' and 'training:'");
  CHECK_THROWS_WITH(
      load_config("no_such_file"),
      "--config no_such_file: there is no such file, neither as a path nor in configs/");
}

TEST_CASE("--set", "[config]") {
  const auto config = config_from(
      {"training.epochs=2", "training.patch=[16, 32, 48]", "data.labels={1: NTC, 2: ED, 3: NTC}",
       "output=a=b", "prep.crop.size=[null, 256, 256]", "training={seed: 5}", "training.epochs=3"});
  CHECK(config.training.epochs == 3);
  CHECK(config.training.seed == 5);
  CHECK(config.training.patch == std::vector<std::int64_t>{16, 32, 48});
  CHECK((config.data.labels == seg::Pairs{{"1", "NTC"}, {"2", "ED"}, {"3", "NTC"}}));
  CHECK(config.output.text == "a=b");
  CHECK((config.prep.crop.size == seg::Sizes{std::nullopt, 256, 256}));
  CHECK(set_message("training.epochs") ==
        "--set training.epochs: must be KEY=VALUE, e.g. --set training.epochs=2");
  CHECK(set_message("=2") == "--set =2: must be KEY=VALUE, e.g. --set training.epochs=2");
  CHECK(set_message("training.epochs=x") ==
        "--set training.epochs: training.epochs must be an integer, not 'x'");
  CHECK(set_message("training.patch=[1")
            .starts_with("--set training.patch: '[1' is not a valid YAML value: "));
  CHECK(set_message("data.labels={1: a, 1: b}") ==
        "--set data.labels: the key '1' stands twice in data.labels");
}

TEST_CASE("a base is read first, and what stands later wins", "[config]") {
  const seg::test::TemporaryFolder folder;
  const auto file = [&](const std::string& name) { return folder.path / name; };
  seg::write_file(file("a.yaml"), "training: {epochs: 5, seed: 1}\ndata: {labels: {1: x}}\n");
  seg::write_file(file("b.yaml"), "training: {seed: 2, batch_size: 4}\n");
  seg::write_file(file("c.yaml"),
                  "base: [a.yaml, b.yaml]\ntraining: {batch_size: 3}\ndata: {labels: {2: y}}\n");
  const auto config = load_config(file("c.yaml"), {"training.decay=0.25"});
  CHECK(config.training.epochs == 5);
  CHECK(config.training.seed == 2);
  CHECK(config.training.batch_size == 3);
  CHECK(config.training.decay == 0.25);
  CHECK((config.data.labels == seg::Pairs{{"2", "y"}}));

  seg::write_file(file("d.yaml"), "\nbase: nowhere.yaml\n");
  CHECK_THROWS_WITH(
      load_config(file("d.yaml")),
      file("d.yaml").string() + ":2:7: base: " + file("nowhere.yaml").string() + " does not exist");
  seg::write_file(file("e.yaml"), "base: f.yaml\n");
  seg::write_file(file("f.yaml"), "base: e.yaml\n");
  CHECK_THROWS_WITH(
      load_config(file("e.yaml")),
      Catch::Matchers::EndsWith("e.yaml: its base includes itself; remove the circle"));
  seg::write_file(file("g.yaml"), "base: {a: b}\n");
  CHECK_THROWS_WITH(load_config(file("g.yaml")),
                    file("g.yaml").string() + ":1:7: base: must be a file or a list of files");
  seg::write_file(file("h.yaml"), "base: [[a]]\n");
  CHECK_THROWS_WITH(load_config(file("h.yaml")),
                    file("h.yaml").string() + ":1:8: base: must be a file or a list of files");
  seg::write_file(file("i.yaml"), "base: [a.yaml, j.yaml]\n");
  seg::write_file(file("j.yaml"), "base: a.yaml\n");
  CHECK(load_config(file("i.yaml")).training.epochs == 5);
}

TEST_CASE("${VAR} expands in paths", "[config]") {
  ::setenv("SEG_CONFIG_TEST", "/data", 1);
  ::unsetenv("SEG_CONFIG_TEST_UNSET");
  CHECK(load_text("data: {root: '${SEG_CONFIG_TEST}/amos'}").data.root.text == "/data/amos");
  CHECK(load_text("data: {root: '$5/${'}").data.root.text == "$5/${");
  const std::string unset = "data:\n  root: ${SEG_CONFIG_TEST_UNSET}/amos\n";
  CHECK(
      message(unset) ==
      "FILE:2:9: data.root names the environment variable SEG_CONFIG_TEST_UNSET, which is not set");
  CHECK(load_text(unset, {"data.root=/elsewhere"}).data.root.text == "/elsewhere");
}

TEST_CASE("every key survives writing and reading", "[config]") {
  seg::Config config;
  seg::Fields fields;
  config.describe(fields);
  REQUIRE(fields.list().size() > 40);

  CHECK(seg::config_yaml(load_text(seg::config_yaml(config))) == seg::config_yaml(config));

  for (const seg::Field& field : fields.list()) {
    INFO(field.key);
    const std::string written = seg::config_yaml(config_from({seg::test::other_value(field)}));
    CHECK(written != seg::config_yaml(config));
    CHECK(seg::config_yaml(load_text(written)) == written);
  }
}

TEST_CASE("the order of maps is kept", "[config]") {
  const auto config = load_text(
      "data: {channels: {t1ce: _t1ce.nii, flair: _flair.nii}, labels: {4: ET, 1: NTC, 2: ED}}");
  const auto again = load_text(seg::config_yaml(config));
  CHECK((again.data.channels == seg::Pairs{{"t1ce", "_t1ce.nii"}, {"flair", "_flair.nii"}}));
  CHECK((again.data.labels == seg::Pairs{{"4", "ET"}, {"1", "NTC"}, {"2", "ED"}}));
}

TEST_CASE("the reference lists each key with its type, default and meaning", "[config]") {
  const std::string page = seg::config_reference();
  seg::Config config;
  seg::Fields fields;
  config.describe(fields);
  CHECK(std::count(page.begin(), page.end(), '\n') ==
        static_cast<std::ptrdiff_t>(fields.list().size()) + 2);
  for (const seg::Field& field : fields.list()) {
    INFO(field.key);
    CHECK(page.find("| `" + field.key + "` | " + field.type + " | `") != std::string::npos);
    CHECK(field.meaning.ends_with("."));
  }
  CHECK(page.find("| `training.learning_rate` | number | `0.0003` | above 0 |") !=
        std::string::npos);
  CHECK(page.find("| `training.patch` | list of integers | `[64, 256, 256]` |") !=
        std::string::npos);
  CHECK(page.find("| `loss.name` | text | `CWCD` | one of GDL, DWCE,") != std::string::npos);
}
