#include "training/running_loss.h"

#include "core/error.h"

#include <fmt/ranges.h>

#include <torch/torch.h>

#include <cmath>

namespace seg {

RunningLoss::RunningLoss(double sum, torch::Device device)
    : sum_(sum), pending_limit_(device.is_cpu() ? 1 : 20) {}

void RunningLoss::add(const torch::Tensor& value, std::int64_t step,
                      const std::vector<std::string>& ids) {
  values_.push_back(value);
  steps_.push_back(step);
  ids_.push_back(ids);
  if (static_cast<std::int64_t>(values_.size()) >= pending_limit_) read();
}

void RunningLoss::read() {
  if (values_.empty()) return;
  const torch::Tensor losses = torch::stack(values_).to(torch::kCPU, torch::kFloat64);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const double value = losses[static_cast<std::int64_t>(i)].item<double>();
    if (!std::isfinite(value))
      fail(
          "step {}: the loss is {} (case {}); lower training.learning_rate, or look at that case's "
          "intensities and labels with segprep "
          "verify",
          steps_[i], value, fmt::join(ids_[i], ", "));
    sum_ += value;
  }
  values_.clear();
  steps_.clear();
  ids_.clear();
}

double RunningLoss::sum() {
  read();
  return sum_;
}

std::string RunningLoss::note(std::int64_t steps) const {
  const auto read_steps = steps - static_cast<std::int64_t>(values_.size());
  return read_steps > 0 ? fmt::format("loss {:.4f}", sum_ / static_cast<double>(read_steps)) : "";
}

}  // namespace seg
