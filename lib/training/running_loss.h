#pragma once
// The running loss of an epoch, and the alarm when it stops being a number, without waiting for the
// GPU at every step.
#include <torch/types.h>

#include <string>
#include <vector>

namespace seg {

class RunningLoss {
 public:
  // sum: of the losses of the epoch's earlier steps (after a resume).
  RunningLoss(double sum, torch::Device device);

  // value: the scalar loss of a step, left where it is. Read every 20 steps (every step on the CPU,
  // where it costs nothing). Throws Error(failure) naming the first step and its cases where a loss
  // was NaN or infinite.
  void add(const torch::Tensor& value, std::int64_t step, const std::vector<std::string>& ids);
  double sum();                                // reads what is pending
  std::string note(std::int64_t steps) const;  // "loss 0.4123", the mean of the steps read so far

 private:
  void read();
  double sum_;
  std::int64_t pending_limit_;
  std::vector<torch::Tensor> values_;
  std::vector<std::int64_t> steps_;
  std::vector<std::vector<std::string>> ids_;
};

}  // namespace seg
