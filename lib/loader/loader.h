#pragma once
// Batches prepared ahead of the training step by worker threads. What a batch holds depends on
// (seed, epoch, place in the epoch) only.
#include "config/config.h"
#include "loader/batch.h"
#include "loader/patches.h"
#include "prep/cache.h"

#include <functional>
#include <memory>
#include <optional>

namespace seg {

// data.workers, or where it is 0 what suits: for a GPU up to 16, one core left to the thread that
// feeds it, else up to 8.
std::int64_t loader_threads(const DataConfig& config, bool for_gpu, int cores);

// One line for --summary: how fast so many threads make patches, and what that asks of a step.
std::string loader_text(const Config& config, std::int64_t channels, std::int64_t threads);

class Loader {
 public:
  // classes: names by class index. open(i): the i-th of `cases` training cases. pinned: batches lie
  // in page-locked memory, for a GPU. Opens every case once, for its depth.
  Loader(const Config& config, const std::vector<std::string>& classes, std::size_t cases,
         std::function<PreparedCase(std::size_t)> open, bool pinned);
  ~Loader();
  Loader(Loader&&) noexcept;

  std::int64_t steps_per_epoch() const;

  // Begins epoch `epoch` (from 0) at step `first_step` of it; what was prepared before is dropped.
  void start(std::int64_t epoch, std::int64_t first_step);

  // The next batch, std::nullopt at the end of the epoch. An exception in a worker is thrown here,
  // in order, with the case's id.
  std::optional<Batch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Loader make_loader(const Config& config, const std::vector<std::string>& classes,
                   const Cache& cache, const std::vector<Case>& cases, bool pinned);

}  // namespace seg
