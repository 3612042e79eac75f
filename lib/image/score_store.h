#pragma once
// Probabilities of every class of a volume while it is being predicted, on disk: they may be larger
// than memory.
#include "core/axes.h"

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

inline constexpr double score_steps = 65535;  // a probability p is kept as round(p score_steps)

class ScoreStore {
 public:
  // Keeps uint16 [classes, D, H, W] in a file without a name in `folder`, gone with the process.
  // A class that is 0 throughout a slice of a block takes no space there. `shown` is the name that
  // errors give. Throws Error(failure), here and below, where the disk is full or cannot be read.
  ScoreStore(const std::filesystem::path& folder, std::string shown, std::int64_t classes,
             const Dhw<std::int64_t>& size, int threads);
  ~ScoreStore();
  ScoreStore(const ScoreStore&) = delete;
  ScoreStore& operator=(const ScoreStore&) = delete;

  std::int64_t classes() const { return classes_; }

  // probabilities: floating point [n, rows, W, classes] of the voxels z .. z + n - 1, y .. y + rows
  // - 1, every x; any strides, any device. Below 0 counts as 0, above 1 as 1, NaN as 0.
  void put(std::int64_t z, std::int64_t y, const torch::Tensor& probabilities);

  // Whether as many voxels were put as there are.
  bool complete() const { return placed_ == size_[0] * size_[1] * size_[2]; }

  // One class's rows y .. y + rows - 1 of slice z, [rows, W]. Of several threads at once.
  void read(std::int64_t of_class, std::int64_t z, std::int64_t y, std::int64_t rows,
            std::uint16_t* to) const;

 private:
  void write(std::int64_t of_class, std::int64_t z, std::int64_t y, const std::uint16_t* values,
             std::int64_t rows) const;
  std::int64_t place_of(std::int64_t of_class, std::int64_t z, std::int64_t y) const;

  std::string shown_;
  std::int64_t classes_;
  Dhw<std::int64_t> size_;
  int threads_;
  int descriptor_ = -1;
  std::int64_t placed_ = 0;
  std::vector<std::uint16_t> block_;  // [n, classes, rows, W] of the last put
};

}  // namespace seg
