// segprep as a user runs it: killed, twice at once.
#include "core/files.h"
#include "support/catch.h"

#include <chrono>
#include <map>

namespace fs = std::filesystem;

namespace {

std::string bin() { return seg::program_folder().string() + "/"; }

int shell(const std::string& command) { return WEXITSTATUS(std::system((command + " > /dev/null 2>&1").c_str())); }

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

// Every volume below `folder`, but for those of a killed process that still counts as running: a later run removes them.
Files volumes(const fs::path& folder) {
  Files all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".nii" && entry.path().string().find("/.part-") == std::string::npos)
      all[fs::relative(entry.path(), folder).string()] = seg::read_file(entry.path());
  return all;
}

}  // namespace

TEST_CASE("a cache that was built by killed and by rival processes is the cache", "[apps]") {
  const seg::test::TemporaryFolder folder;
  const fs::path data = folder.path / "data";
  REQUIRE(shell(bin() + "segphantom amos --cases 5 --seed 3 --size 60 60 40 --out " + data.string()) == 0);
  const auto command = [&](const std::string& cache) {
    return bin() + "segprep --config amos_cwcd --set data.root=" + data.string() + " --set data.modality=all" +
           " --set 'data.split={train: 4, validation: 1}' --set prep.cache=" + (folder.path / cache).string();
  };
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(shell(command("whole")) == 0);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const auto whole = volumes(folder.path / "whole");
  CHECK(whole.size() == 10);
  for (const double share : {0.4, 0.6, 0.7, 0.8, 0.9})
    shell("timeout -s KILL " + std::to_string(share * seconds) + " " + command("killed"));
  CHECK(shell(command("killed")) == 0);
  CHECK(differences(volumes(folder.path / "killed"), whole) == "");
  CHECK(shell("(" + command("rivals") + " & " + command("rivals") + " & wait)") == 0);
  CHECK(shell(command("rivals")) == 0);
  CHECK(differences(volumes(folder.path / "rivals"), whole) == "");
}
