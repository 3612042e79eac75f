#include "study/shares.h"

#include "core/parallel.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cstdlib>

namespace seg {
namespace {

// The GPUs that the processes share, as CUDA_VISIBLE_DEVICES names them.
std::vector<std::string> visible_gpus() {
  std::vector<std::string> gpus;
  if (const char* given = std::getenv("CUDA_VISIBLE_DEVICES")) {
    for (const char* at = given; *at;) {
      const std::string rest = at;
      const std::string name = rest.substr(0, rest.find(','));
      if (!name.empty()) gpus.push_back(name);
      at += std::min(name.size() + 1, rest.size());
    }
    return gpus;
  }
  const int count = torch::cuda::device_count();
  for (int i = 0; i < count; ++i) gpus.push_back(std::to_string(i));
  return gpus;
}

// Behind the program and what it works on.
void add_setting(ChildCommand& command, const std::string& setting) {
  command.words.insert(command.words.begin() + 3, {"--set", setting});
}

}  // namespace

Shares::Shares(std::int64_t jobs) : gpus_(visible_gpus()) {
  if (jobs > 1) threads_ = std::max<std::int64_t>(1, available_cores() / jobs);
}

void Shares::give(ChildCommand& command, std::size_t slot, bool training) const {
  if (gpus_.size() > 1)
    command.environment.emplace_back("CUDA_VISIBLE_DEVICES", gpus_[slot % gpus_.size()]);
  if (threads_ == 0) return;
  add_setting(command, fmt::format("threads={}", threads_));
  if (training) add_setting(command, fmt::format("data.workers={}", threads_));
}

}  // namespace seg
