#include "data/task.h"

#include "core/files.h"
#include "data/layouts.h"
#include "data/support.h"

namespace seg {
namespace {

void same_labels(const LabelMap& a, const LabelMap& b) {
  CHECK(a.classes == b.classes);
  CHECK(a.to_class == b.to_class);
  CHECK(a.to_file == b.to_file);
}

// task.json written and read.
Task again(const Task& task, const std::filesystem::path& folder) {
  write_file(folder / "task.json", task_json(task));
  return read_task(folder / "task.json");
}

}  // namespace

TEST_CASE("a task survives writing and reading", "[data]") {
  const test::TemporaryFolder folder;
  for (const Pairs& labels : std::vector<Pairs>{
           {{"1", "liver"}},
           {{"0", "Background"}, {"7", "b"}, {"3", "a"}, {"1", "a"}, {"2", "b"}},
           {{"500", "tumour, \"solid\""}, {"255", "ignore"}, {"2", "ignore"}, {"65535", "Leber Ü"}},
           {{"4", "background"}, {"1", "liver"}}}) {
    const Task task{{"noNorm", "noNorm", "T1 [Gd]"}, {0, 3, 12345}, label_map(labels)};
    const Task read = again(task, folder.path);
    CHECK(read.channels == task.channels);
    CHECK(read.numbers == task.numbers);
    same_labels(read.labels, task.labels);
    CHECK(task_json(read) == task_json(task));
  }
}

TEST_CASE("a task has each channel's number in the data set's files", "[data]") {
  const test::TemporaryFolder folder;
  for (const char* name : {"imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz",
                           "imagesTr/a_0002.nii.gz", "labelsTr/a.nii.gz"})
    test::touch(folder.path / name);
  write_file(folder.path / "dataset.json",
             R"({"channel_names": {"0": "T1", "1": "T2", "2": "FLAIR"}, "labels": {"wt": 1}})");
  DataConfig config;
  config.root.text = folder.path;
  CHECK(task_of(find_dataset(config)).numbers == std::vector<int>{0, 1, 2});
  config.channels = {{"FLAIR", ""}, {"T1", ""}};
  const Task task = task_of(find_dataset(config));
  CHECK(task.channels == std::vector<std::string>{"FLAIR", "T1"});
  CHECK(task.numbers == std::vector<int>{2, 0});

  for (const char* name : {"p/p_flair.nii.gz", "p/p_t1.nii.gz"})
    test::touch(folder.path / "brats" / name);
  config.layout = Layout::case_folders;
  config.root.text = folder.path / "brats";
  config.channels = {{"t1", ""}, {"flair", ""}};
  config.labels = {{"1", "wt"}};
  CHECK(task_of(find_dataset(config)).numbers == std::vector<int>{0, 1});
}

TEST_CASE("a damaged task is refused in one sentence", "[data]") {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "task.json";
  const auto refusal = [&](const std::string& text) {
    write_file(file, text);
    return test::error_of([&] { read_task(file); }, ErrorKind::failure, folder.path);
  };
  const std::string labels = R"("labels": [{"value": 1, "name": "liver"}]})";
  const std::string channels = R"({"channels": [{"name": "CT", "number": 0}], )";
  CHECK(refusal(channels + labels) == "no error");
  const auto damaged = [](const std::string& what) {
    return "ROOT/task.json: is damaged (" + what + "); use another checkpoint of the run";
  };
  CHECK(refusal("[]") == damaged("it has no list 'channels'"));
  CHECK(refusal("{" + labels) == damaged("it has no list 'channels'"));
  CHECK(refusal(R"({"channels": [], )" + labels) == damaged("it has no list 'channels'"));
  CHECK(refusal(R"({"channels": ["CT"], )" + labels) ==
        damaged("'channels' must list objects of name and number"));
  CHECK(refusal(R"({"channels": [{"name": 7, "number": 0}], )" + labels) ==
        damaged("'name' must be a text"));
  for (const char* number : {"-1", "1.5", "1e300", "100000", "18446744073709551615", "\"0\""})
    CHECK(refusal(R"({"channels": [{"name": "CT", "number": )" + std::string(number) + "}], " +
                  labels) == damaged("'number' must be a whole number from 0 to 99999"));
  CHECK(refusal(channels + "\"labels\": {}}") == damaged("it has no list 'labels'"));
  CHECK(refusal(channels + R"("labels": [{"value": 70000, "name": "liver"}]})") ==
        damaged("'value' must be a whole number from 0 to 65535"));
  CHECK(refusal(R"({"channels": [{"name": "a", "number": 1}, {"name": "b", "number": 1}], )" +
                labels) == damaged("two channels have the number 1"));
  CHECK(refusal(channels + R"("labels": [{"value": 1, "name": "ignore"}]})")
            .find("names no class besides background") != std::string::npos);
  const std::string whole = channels + labels;
  CHECK(refusal(whole.substr(0, whole.size() / 2)).find("is not valid JSON") != std::string::npos);
  std::filesystem::remove(file);
  CHECK(test::error_of([&] { read_task(file); }, ErrorKind::failure).find("cannot be read") !=
        std::string::npos);
}

}  // namespace seg
