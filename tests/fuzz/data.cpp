// What describes a data set: dataset.json, a table of cases, a split; and a network's task.
#include "data/layouts.h"
#include "data/split.h"
#include "data/task.h"
#include "fuzz/fuzz.h"

using namespace seg;

namespace {

// A folder that could be AMOS, Decathlon or nnU-Net, and a table's.
void make_volumes() {
  for (const char* name : {"imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz",
                           "imagesTr/b_0000.nii", "labelsTr/a.nii.gz", "labelsTr/b.nii"})
    fuzz::put(name, "");
}

DataConfig config_of(Layout layout) {
  DataConfig config;
  config.root.text = fuzz::folder();
  config.layout = layout;
  return config;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, [](const std::string& text) {
    static const bool made = (make_volumes(), true);
    fuzz::require(made);
    fuzz::put("dataset.json", text);
    fuzz::refused(text, [] { find_dataset(config_of(Layout::dataset_json)); });
    fuzz::put("cases.csv", text);
    fuzz::refused(text, [] {
      DataConfig config = config_of(Layout::csv);
      config.labels = {{"1", "liver"}};
      find_dataset(config);
    });
    fuzz::put("task.json", text);
    fuzz::refused(text, [] {
      const std::string written = task_json(read_task(fuzz::folder() / "task.json"));
      fuzz::put("again.json", written);
      fuzz::require(task_json(read_task(fuzz::folder() / "again.json")) == written);
    });
    fuzz::put("split.json", text);
    fuzz::refused(text, [] {
      DataConfig config = config_of(Layout::dataset_json);
      config.split.file.text = "split.json";
      const Split split = make_split(config, {{"a", {}, "a.nii"}, {"b", {}, "b.nii"}});
      fuzz::require(!split.train.empty());
    });
  });
}
