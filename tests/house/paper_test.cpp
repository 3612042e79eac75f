// docs/paper.md is true: each file it names exists, each function stands in the file named after
// it, each key is one of the configuration and takes the value given for it.
#include "config/config.h"
#include "core/error.h"
#include "core/files.h"
#include "support/catch.h"
#include "support/commands.h"

#include <algorithm>
#include <regex>

namespace fs = std::filesystem;

namespace {

// What stands in `backticks`, but for blocks of code.
std::vector<std::string> marked_words(std::string page) {
  page = std::regex_replace(page, std::regex("```[^]*?```"), "");
  static const std::regex marked("`([^`\n]+)`");
  std::vector<std::string> words;
  for (std::sregex_iterator at(page.begin(), page.end(), marked), end; at != end; ++at)
    words.push_back((*at)[1]);
  return words;
}

bool is_key(const std::string& key) {
  seg::Config config;
  seg::Fields fields;
  config.describe(fields);
  const auto& list = fields.list();
  return std::any_of(list.begin(), list.end(), [&](const auto& f) { return f.key == key; });
}

// Why `key` or `key: value` is wrong; empty where it is right.
std::string fault_of_key(const std::string& key, const std::string& value) {
  if (!is_key(key)) return key + " is no key";
  try {
    if (!value.empty()) seg::config_from({key + "=" + value});
  } catch (const seg::Error& e) {
    return e.what();
  }
  return "";
}

std::vector<std::string> faults_of(const std::string& page, const fs::path& root) {
  static const std::regex function("(\\w+)\\(\\)"), key("([a-z_]+(?:\\.[a-z_0-9]+)+)(?:: (.+))?"),
      symbol("\\w+"), command("segtrain .*");
  std::vector<std::string> faults, functions;
  std::smatch match;
  for (const std::string& word : marked_words(page)) {
    if (std::regex_match(word, match, function)) {
      functions.push_back(match[1]);
    } else if (word.find('/') != std::string::npos) {
      if (!fs::exists(root / word)) faults.push_back(word + " does not exist");
      const std::string text =
          fs::is_regular_file(root / word) ? seg::read_file(root / word) : std::string();
      for (const std::string& name : functions)
        if (text.find(name + "(") == std::string::npos)
          faults.push_back(name + "() is not in " + word);
      functions.clear();
    } else if (std::regex_match(word, match, key)) {
      if (const std::string fault = fault_of_key(match[1], match[2]); !fault.empty())
        faults.push_back(fault);
    } else if (!std::regex_match(word, symbol) && !std::regex_match(word, command)) {
      faults.push_back(word + " is neither a file, a function nor a key");
    }
  }
  for (const std::string& name : functions) faults.push_back(name + "() has no file after it");
  return faults;
}

}  // namespace

TEST_CASE("what docs/paper.md names is there", "[house]") {
  const fs::path root = seg::test::source_folder("docs/paper.md");
  if (root.empty()) SEG_SKIP("no source folder above this program");
  const std::string page = seg::read_file(root / "docs/paper.md");
  CHECK(marked_words(page).size() > 100);
  CHECK(faults_of(page, root) == std::vector<std::string>());
}

TEST_CASE("what a page names wrongly is found", "[house]") {
  const seg::test::TemporaryFolder folder;
  fs::create_directories(folder.path / "lib");
  seg::write_file(folder.path / "lib/a.h", "int there();\n");
  CHECK(faults_of("`there()` in `lib/a.h`, `loss.absent: skip`, `loss.alpha`, `p`", folder.path)
            .empty());
  CHECK(faults_of("`there()` and `gone()` in `lib/a.h`; `lib/b.h`", folder.path) ==
        std::vector<std::string>{"gone() is not in lib/a.h", "lib/b.h does not exist"});
  CHECK(faults_of("`loss.gone`, `a + b`, `there()`", folder.path) ==
        std::vector<std::string>{"loss.gone is no key",
                                 "a + b is neither a file, a function nor a "
                                 "key",
                                 "there() has no file after it"});
  CHECK(faults_of("`loss.absent: maybe`", folder.path).size() == 1);
}

TEST_CASE("README cites the paper and the data, and what it is not for", "[house]") {
  const fs::path root = seg::test::source_folder("docs/paper.md");
  if (root.empty()) SEG_SKIP("no source folder above this program");
  const std::string readme = seg::read_file(root / "README.md");
  for (const char* part : {"arxiv.org/abs/2407.06176", "docs/paper.md", "AMOS", "BraTS",
                           "CC BY 4.0", "not for clinical use"}) {
    CAPTURE(part);
    CHECK(readme.find(part) != std::string::npos);
  }
}
