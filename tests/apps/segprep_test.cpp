// segprep as a user runs it: its commands one after another, killed, twice at once, on a full disk.
#include "core/files.h"
#include "support/catch.h"

#include <chrono>
#include <map>

namespace fs = std::filesystem;

namespace {

std::string bin() { return seg::program_folder().string() + "/"; }

int shell(const std::string& command) {
  return WEXITSTATUS(std::system((command + " > /dev/null 2>&1").c_str()));
}

using Files = std::map<std::string, std::string>;

// The names of the files that differ.
std::string differences(const Files& a, const Files& b) {
  std::string names;
  for (const auto& [name, bytes] : a)
    if (!b.contains(name) || b.at(name) != bytes) names += name + " ";
  for (const auto& [name, bytes] : b)
    if (!a.contains(name)) names += name + " ";
  return names;
}

// Every volume below `folder`, but for those of a killed process that still counts as running: a
// later run removes them.
Files volumes(const fs::path& folder) {
  Files all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".nii" &&
        entry.path().string().find("/.part-") == std::string::npos)
      all[fs::relative(entry.path(), folder).string()] = seg::read_file(entry.path());
  return all;
}

}  // namespace

TEST_CASE("a cache that was built by killed and by rival processes is the cache", "[apps][.slow]") {
  const seg::test::TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  REQUIRE(shell(bin() + "segphantom amos --cases 5 --seed 3 --size 60 60 40 --out " +
                data.string()) == 0);
  const auto command = [&](const std::string& cache) {
    return bin() + "segprep --config amos_cwcd --set data.root=" + data.string() +
           " --set data.modality=all" +
           " --set 'data.split={train: 4, validation: 1}' --set prep.cache=" +
           (folder.path / cache).string();
  };
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(shell(command("whole")) == 0);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const auto whole = volumes(folder.path / "whole");
  CHECK(whole.size() == 10);
  for (const double share : {0.4, 0.6, 0.7, 0.8, 0.9})
    shell("timeout -s KILL " + std::to_string(share * seconds) + " " + command("killed"));
  CHECK(shell(command("killed")) == 0);
  CHECK(differences(volumes(folder.path / "killed"), whole) == "");
  CHECK(shell("(" + command("rivals") + " & first=$!; " + command("rivals") +
              " & wait $first && wait $!)") == 0);
  CHECK(shell(command("rivals")) == 0);
  CHECK(differences(volumes(folder.path / "rivals"), whole) == "");
}

TEST_CASE(
    "segprep's commands: a first configuration, the report, the facts, a picture, tidying; and "
    "segtrain runs it",
    "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path data = folder.path / "data", yaml = folder.path / "mine.yaml",
                 report = folder.path / "report.json";
  REQUIRE(shell(bin() + "segphantom amos --cases 5 --seed 2 --size 32 40 40 --out " +
                data.string()) == 0);
  REQUIRE(shell(bin() + "segprep init " + data.string() + " --out " + yaml.string()) == 0);
  CHECK(shell(bin() + "segprep init " + data.string() + " --out " + yaml.string()) ==
        2);  // never over what is there
  const std::string with =
      " --config " + yaml.string() + " --set prep.cache=" + (folder.path / "cache").string();
  CHECK(shell(bin() + "segprep verify" + with + " --json " + report.string()) == 0);
  CHECK(seg::read_file(report).starts_with("{"));
  CHECK(shell(bin() + "segprep" + with) == 0);
  CHECK(volumes(folder.path / "cache").size() == 10);
  CHECK(shell(bin() + "segprep fingerprint" + with + " --json " +
              (folder.path / "facts.json").string()) == 0);
  CHECK(fs::exists(folder.path / "facts.json"));
  CHECK(shell(bin() + "segprep preview" + with + " --patches 1 --out " +
              (folder.path / "a.png").string()) == 0);
  CHECK(seg::read_file(folder.path / "a.png").substr(1, 3) == "PNG");
  CHECK(shell(bin() + "segtrain" + with +
              " --set training.max_steps=1 --set model.base_channels=4 --set device=cpu --output " +
              (folder.path / "run").string()) == 0);
  CHECK(fs::exists(folder.path / "run" / "dsc.csv"));

  fs::resize_file(data / "imagesTr" / "amos_0002.nii.gz", 1000);
  CHECK(shell(bin() + "segprep verify" + with + " --json " + report.string()) == 3);
  CHECK(seg::read_file(report).find("amos_0002") != std::string::npos);
  CHECK(shell(bin() + "segprep" + with) == 3);
  CHECK(volumes(folder.path / "cache").size() == 10);
}

TEST_CASE("a disk that fills up leaves no volume that is not whole", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path data = folder.path / "data", cache = folder.path / "cache";
  REQUIRE(shell(bin() + "segphantom amos --cases 3 --seed 2 --size 32 40 40 --out " +
                data.string()) == 0);
  const std::string command =
      bin() + "segprep --config demo.yaml --set data.root=" + data.string() +
      " --set 'data.split={train: 3}' --set prep.spacing=[3,3,3] --set prep.cache=" +
      cache.string();
  const auto limited = [&](const std::string& work) {
    return shell("bash -c \"trap '' XFSZ; ulimit -f 60; " + work + "\"");
  };
  CHECK(limited(command) == 1);
  CHECK(volumes(cache).empty());
  CHECK(shell(command) == 0);
  CHECK(volumes(cache).size() == 6);
  CHECK(limited(bin() + "segphantom amos --cases 1 --size 64 64 64 --out " +
                (folder.path / "phantom").string()) == 1);
  CHECK_FALSE(fs::exists(folder.path / "phantom" / "imagesTr" / "amos_0001.nii.gz"));
}
