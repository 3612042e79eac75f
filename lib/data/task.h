#pragma once
// What a trained network segments, told without its data set: task.json of a checkpoint.
#include "data/dataset.h"

namespace seg {

struct Task {
  std::vector<std::string> channels;  // names, in the order of the network's input
  std::vector<int> numbers;           // of each channel: N of NAME_000N (Dataset::channel_numbers)
  LabelMap labels;
};

Task task_of(const Dataset& dataset);

std::string task_json(const Task& task);

// Throws Error(failure) where the file is missing, or damaged, or says what no data set can be.
Task read_task(const std::filesystem::path& file);

}  // namespace seg
