#include "data/split.h"

#include "data/support.h"

#include <algorithm>
#include <filesystem>
#include <set>

using namespace seg;
using test::error_of;

namespace {

// c00 .. c(count-1), labelled, and one case without label.
std::vector<Case> made_cases(int count) {
  std::vector<Case> cases;
  for (int i = 0; i < count; ++i) cases.push_back({fmt::format("c{:02}", i), {"i"}, "l"});
  cases.push_back({"unlabelled", {"i"}, ""});
  return cases;
}

DataConfig amounts(double train, double validation, double test) {
  DataConfig config;
  config.split.train.amount = train;
  config.split.validation.amount = validation;
  config.split.test.amount = test;
  return config;
}

std::array<std::size_t, 3> sizes(const Split& split) {
  return {split.train.size(), split.validation.size(), split.test.size()};
}
using Sizes3 = std::array<std::size_t, 3>;
using Names = std::vector<std::string>;

std::set<std::string> all_of(const Split& split) {
  std::set<std::string> all;
  for (const auto* part : {&split.train, &split.validation, &split.test})
    all.insert(part->begin(), part->end());
  return all;
}

}  // namespace

TEST_CASE("counts are drawn by seed, whatever the order of the cases", "[data]") {
  auto cases = made_cases(20);
  DataConfig config = amounts(12, 3, 5);
  const Split split = make_split(config, cases);
  CHECK(sizes(split) == Sizes3{12, 3, 5});
  CHECK(all_of(split).size() == 20);
  CHECK_FALSE(all_of(split).contains("unlabelled"));
  CHECK(make_split(config, cases).train == split.train);
  config.split.seed = 1;
  CHECK(make_split(config, cases).train != split.train);
}

TEST_CASE("held-out cases are drawn by no count, and named by id", "[data]") {
  auto cases = made_cases(8);
  cases[2].held_out = cases[5].held_out = true;
  const Split split = make_split(amounts(0.5, 0.5, 0), cases);
  CHECK(sizes(split) == Sizes3{3, 3, 0});
  CHECK_FALSE((all_of(split).contains("c02") || all_of(split).contains("c05")));
  DataConfig config = amounts(4, 2, 0);
  config.split.test.ids = {"c05", "c02"};
  CHECK(make_split(config, cases).test == Names{"c02", "c05"});
}

TEST_CASE("fractions never ask for more cases than there are", "[data]") {
  CHECK(sizes(make_split(amounts(0.5, 0.5, 0), made_cases(3))) == Sizes3{2, 1, 0});
  CHECK(sizes(make_split(amounts(0.8, 0.1, 0.1), made_cases(20))) == Sizes3{16, 2, 2});
  for (int n = 2; n < 40; ++n) {
    const Split split = make_split(amounts(0.7, 0.15, 0.15), made_cases(n));
    CHECK(all_of(split).size() == static_cast<std::size_t>(n));
  }
}

TEST_CASE("each case validates in one fold", "[data]") {
  DataConfig config;
  config.split.folds = 4;
  std::set<std::string> validated;
  for (config.fold = 0; config.fold < 4; ++config.fold) {
    const Split split = make_split(config, made_cases(10));
    CHECK(split.train.size() + split.validation.size() == 10);
    for (const std::string& id : split.validation) CHECK(validated.insert(id).second);
  }
  CHECK(validated.size() == 10);
  CHECK(error_of([&] { make_split(config, made_cases(10)); }, ErrorKind::config) ==
        "data.fold is 4, but data.split has 4 folds, counted from 0");
  config.fold = 0;
  CHECK(
      error_of([&] { make_split(config, made_cases(3)); }, ErrorKind::data) ==
      "data.split asks for 4 folds, but only 3 labelled cases are left for them; lower the folds");
}

TEST_CASE("test cases are held out before folds are drawn", "[data]") {
  DataConfig config;
  config.split.folds = 3;
  const auto fold = [&](std::int64_t k) {
    config.fold = k;
    return make_split(config, made_cases(10));
  };
  const auto check_folds = [&](std::size_t tests) {
    std::set<std::string> validated;
    for (std::int64_t k = 0; k < 3; ++k) {
      const Split split = fold(k);
      CHECK(split.test == fold(0).test);
      CHECK(split.test.size() == tests);
      CHECK(all_of(split).size() == 10);
      CHECK(split.train.size() + split.validation.size() == 10 - tests);
      validated.insert(split.validation.begin(), split.validation.end());
    }
    CHECK(validated.size() == 10 - tests);
  };
  config.split.test.ids = {"c03", "c07"};
  check_folds(2);
  CHECK(fold(1).test == Names{"c03", "c07"});
  config.split.test.ids = {};
  config.split.test.amount = 4;
  check_folds(4);
  config.split.test.amount = 0.25;
  check_folds(3);
  config.split.train.amount = 0.5;
  CHECK(error_of([&] { fold(0); }, ErrorKind::config) ==
        "data.split has train or validation beside folds, which divide all that test leaves; name "
        "folds and test only");
}

TEST_CASE("a fold without folds is refused", "[data]") {
  DataConfig config = amounts(0.8, 0.2, 0);
  config.fold = 2;
  CHECK(error_of([&] { make_split(config, made_cases(10)); }, ErrorKind::config) ==
        "data.fold is 2, but data.split has no folds; set e.g. data.split={folds: 5}");
}

TEST_CASE("case ids, and counts beside them", "[data]") {
  DataConfig config = amounts(3, 2, 0);
  config.split.test.ids = {"c01", "c00"};
  const Split split = make_split(config, made_cases(7));
  CHECK(split.test == Names{"c00", "c01"});
  CHECK(sizes(split) == Sizes3{3, 2, 2});
  CHECK(all_of(split).size() == 7);
}

TEST_CASE("a split file is read back as it was written", "[data]") {
  const test::TemporaryFolder root;
  const Split split{{"c01", "c02"}, {"c03"}, {}};
  write_file(root.path / "mine.json", split_json(split));
  DataConfig config;
  config.root.text = root.path;
  config.split.file.text = "mine.json";
  const Split read = make_split(config, made_cases(5));
  CHECK(read.train == split.train);
  CHECK(read.validation == split.validation);
  CHECK(read.test.empty());
  write_file(root.path / "mine.json", R"({"train": ["c01"], "val": ["c02"]})");
  CHECK(error_of([&] { make_split(config, made_cases(5)); }, ErrorKind::data, root.path) ==
        "ROOT/mine.json: has the unknown part 'val'; the parts are train, validation and test");
  const auto message = [&](const std::string& text) {
    write_file(root.path / "mine.json", text);
    return error_of([&] { make_split(config, made_cases(5)); }, ErrorKind::data, root.path);
  };
  CHECK(message(R"({"train": ["c01"], "train": ["c02"]})") ==
        "ROOT/mine.json: the key 'train' stands twice in one object; remove one");
  CHECK(message(R"({"train": [1, 2]})") == "ROOT/mine.json: 'train' must be a list of case ids");
  CHECK(message(R"({"train": "c01"})") == "ROOT/mine.json: 'train' must be a list of case ids");
  CHECK(message(R"(["c01"])") ==
        "ROOT/mine.json: must be a JSON object of lists train, validation and test");
  CHECK(message("{") == "ROOT/mine.json:1:2: is not valid JSON; mend it");
  config.split.file.text = "gone.json";
  CHECK(error_of([&] { make_split(config, made_cases(5)); }, ErrorKind::data) ==
        "data.split: gone.json does not exist, neither as a path nor under data.root nor in "
        "configs/");
}

TEST_CASE("a split file of the data set comes before one of the current folder", "[data]") {
  const test::TemporaryFolder root, current;
  write_file(root.path / "split.json", split_json({{"c01"}, {}, {}}));
  write_file(current.path / "split.json", split_json({{"c02"}, {}, {}}));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(current.path);
  DataConfig config;
  config.root.text = root.path;
  config.split.file.text = "split.json";
  CHECK(make_split(config, made_cases(5)).train == Names{"c01"});
  std::filesystem::remove(root.path / "split.json");
  CHECK(make_split(config, made_cases(5)).train == Names{"c02"});
  std::filesystem::current_path(before);
}

TEST_CASE("the split column of a table is used where data.split says nothing", "[data]") {
  auto cases = made_cases(4);
  cases[0].part = cases[1].part = SplitPart::train;
  cases[2].part = SplitPart::validation;
  const Split split = make_split(DataConfig{}, cases);
  CHECK(split.train == Names{"c00", "c01"});
  CHECK(split.validation == Names{"c02"});
  CHECK(sizes(make_split(amounts(4, 0, 0), cases)) == Sizes3{4, 0, 0});
}

TEST_CASE("what a split refuses", "[data]") {
  DataConfig config;
  const auto message = [&] {
    return error_of([&] { make_split(config, made_cases(4)); }, ErrorKind::data);
  };
  CHECK(message() ==
        "data.split: no case to train on; set e.g. data.split={train: 0.8, validation: 0.2}");
  config.split.train.ids = {"c00", "c01"};
  config.split.validation.ids = {"c01"};
  CHECK(message() ==
        "data.split: the case c01 is in train and in validation; a case belongs to one part");
  config.split.validation.ids = {"who", "nobody"};
  CHECK(message() == "data.split: not in the data set: nobody, who; correct the ids or data.root");
  config.split.validation.ids = {"unlabelled"};
  CHECK(message() ==
        "data.split: without a label file: unlabelled; a case without label is for inference only");
  config = amounts(3, 2, 0);
  CHECK(message() ==
        "data.split asks for 2 cases to validate, but only 1 of the 4 labelled cases are left; "
        "lower the counts");
}
