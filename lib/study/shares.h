#pragma once
// What processes side by side share: GPUs in turn, and the cores in equal parts.
#include "study/child.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

class Shares {
 public:
  // Of so many processes at once. One alone may have everything.
  explicit Shares(std::int64_t jobs);

  // Adds to the command of a program that takes --set: its GPU by CUDA_VISIBLE_DEVICES, its threads
  // as the first settings, so that the user's win. slot: which of the processes, from 0.
  void give(ChildCommand& command, std::size_t slot, bool training) const;

 private:
  std::vector<std::string> gpus_;
  std::int64_t threads_ = 0;
};

}  // namespace seg
