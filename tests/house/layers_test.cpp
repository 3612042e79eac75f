// The floor plan holds: each layer uses only those above it in lib/README.md, and public headers
// carry no YAML and no logging library into those who include them.
#include "core/files.h"
#include "support/catch.h"
#include "support/commands.h"

#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;  // path from the root -> the file

Texts sources(const fs::path& root) {
  static const std::set<std::string> code = {".h", ".cpp", ".cu", ".cuh", ".inc"};
  Texts texts;
  for (const char* top : {"lib", "models"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top))
      if (code.contains(entry.path().extension().string()))
        texts[fs::relative(entry.path(), root).string()] = seg::read_file(entry.path());
  return texts;
}

// The layers in the order of the table's rows: | `name` | job | start here |
std::vector<std::string> layers_of(const std::string& readme) {
  static const std::regex row("^\\| `(?:\\.\\./)?(\\w+)` \\|");
  std::vector<std::string> layers;
  std::istringstream lines(readme);
  std::smatch match;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, match, row)) layers.push_back(match[1]);
  return layers;
}

std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex include("^#include [\"<]([^\">]+)[\">]");
  std::vector<std::string> found;
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, match, include)) found.push_back(match[1]);
  return found;
}

// lib/NAME/file and models/file -> NAME, models
std::string layer_of(const std::string& path) {
  const fs::path p(path);
  return path.starts_with("lib/") ? std::next(p.begin())->string() : p.begin()->string();
}

// Every include that goes down the table, and every folder that is not in it.
std::vector<std::string> violations(const Texts& texts, const std::vector<std::string>& layers) {
  const auto rank = [&](const std::string& layer) {
    return std::find(layers.begin(), layers.end(), layer) - layers.begin();
  };
  std::vector<std::string> found;
  for (const auto& [path, text] : texts) {
    const std::string layer = layer_of(path);
    if (rank(layer) == std::ssize(layers)) found.push_back(path + ": its folder is in no row");
    for (const std::string& include : includes_of(text)) {
      const std::string other = fs::path(include).begin()->string();
      if (!texts.contains("lib/" + include) && !texts.contains(include)) continue;
      if (rank(other) > rank(layer)) found.push_back(path + " includes " + include);
    }
  }
  return found;
}

// All that a file includes, directly or through the project's own headers.
void gather(const Texts& texts, const std::string& path, std::set<std::string>& seen) {
  for (const std::string& include : includes_of(texts.at(path))) {
    if (!seen.insert(include).second) continue;
    for (const std::string& own : {"lib/" + include, include})
      if (texts.contains(own)) gather(texts, own, seen);
  }
}

}  // namespace

TEST_CASE("no layer uses one below it, and every layer has a row in lib/README.md", "[house]") {
  const fs::path root = seg::test::source_folder("lib/README.md");
  if (root.empty()) SEG_SKIP("no source folder above this program");
  const std::vector<std::string> layers = layers_of(seg::read_file(root / "lib/README.md"));
  REQUIRE(layers.size() > 15);
  CHECK(violations(sources(root), layers) == std::vector<std::string>());
  for (const std::string& layer : layers) {
    INFO(layer);
    CHECK(fs::is_directory(root / (layer == "models" ? layer : "lib/" + layer)));
  }
}

TEST_CASE("an arrow down the table and a folder without a row are found", "[house]") {
  const Texts texts = {{"lib/core/a.h", "#include \"image/b.h\"\n"},
                       {"lib/image/b.h", "#pragma once\n#include \"core/a.h\"\n"},
                       {"lib/attic/c.h", ""}};
  CHECK(violations(texts, {"core", "image"}) ==
        std::vector<std::string>{"lib/attic/c.h: its folder is in no row",
                                 "lib/core/a.h includes image/b.h"});
}

TEST_CASE("public headers pull in neither yaml-cpp nor spdlog", "[house]") {
  const fs::path root = seg::test::source_folder("lib/README.md");
  if (root.empty()) SEG_SKIP("no source folder above this program");
  const Texts texts = sources(root);
  for (const auto& [path, text] : texts) {
    if (!path.ends_with(".h")) continue;
    std::set<std::string> seen;
    gather(texts, path, seen);
    for (const std::string& include : seen) {
      INFO(path << " pulls in " << include);
      CHECK_FALSE(include.starts_with("yaml-cpp/"));
      CHECK_FALSE(include.starts_with("spdlog/"));
    }
  }
}
