#pragma once
// A training that ends within a second or two, by the built programs.
#include "support/catch.h"
#include "support/commands.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace seg::test {

inline Outcome run_program(const std::string& arguments) {
  return run_command(program_folder().string() + "/" + arguments);
}

// A tiny phantom data set, made once.
inline const std::filesystem::path& tiny_phantom() {
  static const TemporaryFolder folder;
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

// The command, without its folder: two epochs of two steps of training on it.
inline std::string tiny_training(const std::filesystem::path& output,
                                 const std::string& more = "") {
  const std::filesystem::path base = tiny_phantom();
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

// metrics.csv without the seconds, which no two runs share.
inline std::string metrics_without_times(const std::filesystem::path& csv) {
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

}  // namespace seg::test
