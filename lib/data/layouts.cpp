#include "data/layouts.h"

#include "core/error.h"
#include "core/log.h"
#include "core/path_name.h"
#include "core/text.h"
#include "data/comma_list.h"
#include "data/each_layout.h"
#include "data/volume_names.h"
#include "prep/verify.h"

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_reported = 20;

Dataset found_cases(const DataConfig& config) {
  switch (config.layout) {
    case Layout::dataset_json: return dataset_json(config);
    case Layout::case_folders: return case_folders(config);
    case Layout::csv: return csv(config);
  }
  return {};
}

std::string first_file(const Case& c) {
  const auto found = std::find_if(c.channels.begin(), c.channels.end(),
                                  [](const fs::path& file) { return !file.empty(); });
  return found == c.channels.end() ? "no file" : found->string();
}

void refuse_twins(const std::vector<Case>& cases, const std::string& root) {
  for (std::size_t i = 1; i < cases.size(); ++i)
    if (cases[i].id == cases[i - 1].id)
      fail_data("{}: the case {} is there twice ({} and {}); remove or rename one", root,
                cases[i].id, first_file(cases[i - 1]), first_file(cases[i]));
}

// Ids go into JSON, which is UTF-8.
void refuse_other_encodings(const std::vector<Case>& cases, const std::string& root) {
  for (const Case& c : cases)
    if (!is_utf8(c.id))
      fail_data("{}: the name of the case {} is not UTF-8; rename its files", root, c.id);
}

void refuse_problems(const std::vector<FileProblem>& problems, const std::string& root) {
  if (problems.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(most_reported, problems.size()); ++i)
    text += fmt::format("\n  case {}: {}", problems[i].id, problem_text(problems[i]));
  if (problems.size() > most_reported)
    text += fmt::format("\n  and {} more", problems.size() - most_reported);
  fail_data("{}: {} problem{}; mend the data set or the keys data.layout and data.channels:{}",
            root, problems.size(), problems.size() == 1 ? "" : "s", text);
}

void warn_of_lone_labels(const std::vector<fs::path>& files, const std::string& root) {
  if (files.empty()) return;
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(file.filename().string());
  log::warn("{}: {} label file{} without an image, not used: {}", root, files.size(),
            files.size() == 1 ? "" : "s", comma_list(names, 5));
}

void warn_of_empty_folders(const std::vector<fs::path>& folders, const std::string& root) {
  if (folders.empty()) return;
  std::vector<std::string> names;
  for (const fs::path& folder : folders) names.push_back(folder.filename().string());
  log::warn("{}: {} folder{} without a volume, taken for no case: {}", root, folders.size(),
            folders.size() == 1 ? "" : "s", comma_list(names, 5));
}

}  // namespace

void check_ids(const std::vector<Case>& cases, const std::string& source) {
  refuse_other_encodings(cases, source);
  refuse_twins(cases, source);
}

std::string problem_text(const FileProblem& problem) {
  const std::string name = problem.file.filename().string();
  return name + (name.empty() ? "" : " ") + problem.detail;
}

Dataset find_dataset(const DataConfig& config, Incomplete incomplete) {
  if (config.root.empty())
    fail_config(
        "data.root is empty: set it to the data set's folder, e.g. --set data.root=/data/amos22");
  if (!fs::is_directory(config.root.text))
    fail_data("{}: data.root is no folder; correct the path", config.root.text);
  if (config.modality != Modality::all && config.layout != Layout::dataset_json)
    fail_config(
        "data.modality: {} selects AMOS scans, which data.layout: {} does not know; set it to all",
        word_of(config.modality), word_of(config.layout));
  for (const auto& [name, ending] : config.channels)
    if (!ending.empty() && config.layout != Layout::case_folders)
      fail_config(
          "data.channels: {}: {} is the ending of a file, which only data.layout: case_folders "
          "knows; name the channel alone",
          name, ending);
  Dataset dataset = found_cases(config);
  for (std::size_t k = dataset.channel_numbers.size(); k < dataset.channels.size(); ++k)
    dataset.channel_numbers.push_back(static_cast<int>(k));  // of a layout that has none
  dataset.name = name_of(fs::weakly_canonical(config.root.text));
  std::stable_sort(dataset.cases.begin(), dataset.cases.end(),
                   [](const Case& a, const Case& b) { return a.id < b.id; });
  check_ids(dataset.cases, config.root.text);
  if (dataset.cases.empty())
    fail_data("{}: holds no case for data.layout: {}; check the folder and the layout",
              config.root.text, word_of(config.layout));
  if (incomplete == Incomplete::keep) return dataset;
  refuse_problems(dataset.problems, config.root.text);
  warn_of_lone_labels(dataset.lone_labels, config.root.text);
  warn_of_empty_folders(dataset.empty_folders, config.root.text);
  return dataset;
}

std::vector<Problem> layout_problems(const Dataset& dataset) {
  std::vector<Problem> problems;
  for (const FileProblem& p : dataset.problems)
    problems.push_back({p.file.empty() ? ProblemKind::missing_channel : ProblemKind::two_files,
                        p.id, p.file, p.detail});
  for (const fs::path& file : dataset.lone_labels)
    problems.push_back({ProblemKind::lone_label, stem_of(file), file, "has no image"});
  for (const fs::path& folder : dataset.empty_folders)
    problems.push_back({ProblemKind::empty_folder, folder.filename().string(), "", "no volume"});
  std::vector<std::string> unlabelled;
  for (const Case& c : dataset.cases)
    if (c.label.empty()) unlabelled.push_back(c.id);
  if (!unlabelled.empty())
    problems.push_back({ProblemKind::no_label, "", "",
                        fmt::format("{} of {} cases: {}", unlabelled.size(), dataset.cases.size(),
                                    comma_list(unlabelled, most_reported))});
  return problems;
}

}  // namespace seg
