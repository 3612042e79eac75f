// Options that are a choice: their words, and what is said of a word that is none.
#include "config/config.h"
#include "config/nearest.h"
#include "core/error.h"
#include "support/errors.h"

using namespace seg;

namespace {

std::string choice_message(const std::string& assignment) {
  return test::error_of([&] { config_from({assignment}); }, ErrorKind::config);
}

// The words of "one of a, b, c".
std::vector<std::string> words_in(const std::string& range) {
  std::vector<std::string> words;
  for (std::size_t at = 7; at < range.size();) {
    const std::size_t comma = std::min(range.find(", ", at), range.size());
    words.push_back(range.substr(at, comma - at));
    at = comma + 2;
  }
  return words;
}

}  // namespace

TEST_CASE("every word of every choice is read and written as itself", "[config]") {
  Config config;
  Fields fields;
  config.describe(fields);
  int choices = 0;
  for (const Field& field : fields.list()) {
    if (!field.range.starts_with("one of ")) continue;
    ++choices;
    INFO(field.key);
    const auto words = words_in(field.range);
    CHECK(words.size() > 1);
    for (const std::string& word : words) {
      INFO(word);
      for (const KeyValue& key : key_values(config_from({field.key + "=" + word})))
        if (key.key == field.key) CHECK(key.value == word);
    }
    CHECK(choice_message(field.key + "=[a]") ==
          "--set " + field.key + ": " + field.key + " must be " + field.range + ", not a list");
  }
  CHECK(choices > 20);
}

TEST_CASE("a word that is none of a choice is told the nearest", "[config]") {
  CHECK(choice_message("model.name=unte") ==
        "--set model.name: model.name must be one of unet, vnet, unetr, deeplabv3, not 'unte'; did "
        "you mean 'unet'?");
  CHECK(choice_message("training.precision=BF16") ==
        "--set training.precision: training.precision must be one of auto, float32, bfloat16, not "
        "'BF16'");
  CHECK(nearest_word("bfloat", {"auto", "float32", "bfloat16"}) == "; did you mean 'bfloat16'?");
  CHECK(nearest_word("gdl", {"GDL", "DL"}) == "; did you mean 'GDL'?");
  CHECK(nearest_word("cwdc", {"CEDL", "CWCD"}) == "; did you mean 'CWCD'?");
  CHECK(nearest_word("", {"a", "b"}).empty());
  CHECK(nearest_word("xyz", {"CE", "DL"}).empty());
}

TEST_CASE("words and values of a choice go together", "[config]") {
  CHECK(word_of(OutputStride::sixteen) == "16");
  CHECK(choice_of<Precision>("auto") == Precision::automatic);
  CHECK_FALSE(choice_of<Precision>("automatic"));
}

TEST_CASE("every loss has one row, and the choices are the rows in their order", "[config]") {
  const auto words = all_words<LossName>();
  REQUIRE(words.size() == loss_rows.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    CHECK(words[i] == loss_rows[i].word);
    CHECK(&row_of(loss_rows[i].name) == &loss_rows[i]);
  }
}
