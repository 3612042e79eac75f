#include "data/task.h"

#include "core/error.h"
#include "core/ignore.h"
#include "core/json.h"
#include "data/layouts.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int highest_number = 99999,  // of a channel, as dataset.json may have it
    highest_value = 65535;             // of a label

// The labels as a list that label_map turns into the same map: the classes in their order, of each
// first the value that is written.
Pairs labels_in_order(const LabelMap& labels) {
  Pairs list;
  for (std::size_t k = 0; k < labels.classes.size(); ++k) {
    list.emplace_back(std::to_string(labels.to_file[k]), labels.classes[k]);
    for (const auto& [value, index] : labels.to_class)
      if (index == k && value != labels.to_file[k])
        list.emplace_back(std::to_string(value), labels.classes[k]);
  }
  for (const auto& [value, index] : labels.to_class)
    if (index == kIgnore) list.emplace_back(std::to_string(value), "ignore");
  return list;
}

[[noreturn]] void damaged(const fs::path& file, const std::string& what) {
  fail("{}: is damaged ({}); use another checkpoint of the run", file.string(), what);
}

// j[key], a list of objects of these two keys and no others.
const json& list_of(const json& j, const char* key, const char* first, const char* second,
                    const fs::path& file) {
  if (!j.is_object() || !j.contains(key) || !j[key].is_array() || j[key].empty())
    damaged(file, fmt::format("it has no list '{}'", key));
  for (const json& item : j[key])
    if (!item.is_object() || item.size() != 2 || !item.contains(first) || !item.contains(second))
      damaged(file, fmt::format("'{}' must list objects of {} and {}", key, first, second));
  return j[key];
}

std::string text_in(const json& item, const char* key, const fs::path& file) {
  if (!item[key].is_string()) damaged(file, fmt::format("'{}' must be a text", key));
  return item[key];
}

int number_in(const json& item, const char* key, int highest, const fs::path& file) {
  const json& value = item[key];
  if (!value.is_number_integer() || value < 0 || value > highest)
    damaged(file, fmt::format("'{}' must be a whole number from 0 to {}", key, highest));
  return value;
}

LabelMap labels_in(const json& j, const fs::path& file) {
  Pairs labels;
  for (const json& item : list_of(j, "labels", "value", "name", file))
    labels.emplace_back(std::to_string(number_in(item, "value", highest_value, file)),
                        text_in(item, "name", file));
  try {
    return label_map(labels, file.string() + ": 'labels'");
  } catch (const Error& e) {
    throw Error(ErrorKind::failure, e.what());
  }
}

}  // namespace

Task task_of(const Dataset& dataset) {
  return {dataset.channels, dataset.channel_numbers, dataset.labels};
}

std::string task_json(const Task& task) {
  json channels = json::array(), labels = json::array();
  for (std::size_t k = 0; k < task.channels.size(); ++k)
    channels.push_back({{"name", task.channels[k]}, {"number", task.numbers.at(k)}});
  for (const auto& [value, name] : labels_in_order(task.labels))
    labels.push_back({{"value", std::stoi(value)}, {"name", name}});
  return json{{"channels", channels}, {"labels", labels}}.dump(1) + "\n";
}

Task read_task(const fs::path& file) {
  const json j = read_json(file, ErrorKind::failure);
  Task task;
  for (const json& item : list_of(j, "channels", "name", "number", file)) {
    task.channels.push_back(text_in(item, "name", file));
    const int number = number_in(item, "number", highest_number, file);
    if (std::find(task.numbers.begin(), task.numbers.end(), number) != task.numbers.end())
      damaged(file, fmt::format("two channels have the number {}", number));
    task.numbers.push_back(number);
  }
  task.labels = labels_in(j, file);
  return task;
}

}  // namespace seg
