#include "metric/dice.h"

#include "core/error.h"
#include "core/ignore.h"
#include "metric/label_runs.h"

#include <ATen/Parallel.h>

#include <array>
#include <limits>
#include <mutex>

namespace seg {
namespace {

// pairs[truth][prediction]: voxels. One pass over the volume, whatever the number of classes.
using Pairs256 = std::vector<std::int64_t>;

Pairs256 count_pairs(const torch::Tensor& prediction, const torch::Tensor& truth) {
  const torch::Tensor p = prediction.contiguous(), t = truth.contiguous();
  const std::uint8_t *ps = p.data_ptr<std::uint8_t>(), *ts = t.data_ptr<std::uint8_t>();
  Pairs256 pairs(256 * 256);
  std::mutex mutex;
  at::parallel_for(0, p.numel(), 1 << 20, [&](std::int64_t begin, std::int64_t end) {
    Pairs256 mine(256 * 256);
    each_run(ps + begin, ts + begin, end - begin, [&](std::int64_t first, std::int64_t last) {
      mine[ts[begin + first] * 256 + ps[begin + first]] += last - first;
    });
    std::lock_guard lock(mutex);
    for (std::size_t k = 0; k < pairs.size(); ++k) pairs[k] += mine[k];
  });
  return pairs;
}

}  // namespace

double DiceCounts::dice() const {
  if (absent()) return std::numeric_limits<double>::quiet_NaN();
  return 2.0 * static_cast<double>(intersection) / static_cast<double>(prediction + truth);
}

double DiceCounts::iou() const {
  if (absent()) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(intersection) / static_cast<double>(prediction + truth - intersection);
}

double DiceCounts::precision() const {
  if (absent()) return std::numeric_limits<double>::quiet_NaN();
  return prediction == 0 ? 0 : static_cast<double>(intersection) / static_cast<double>(prediction);
}

double DiceCounts::recall() const {
  if (absent()) return std::numeric_limits<double>::quiet_NaN();
  return truth == 0 ? 0 : static_cast<double>(intersection) / static_cast<double>(truth);
}

std::vector<DiceCounts> dice_counts(const torch::Tensor& prediction, const torch::Tensor& truth,
                                    const std::vector<Region>& regions) {
  if (prediction.sizes() != truth.sizes()) fail("dice: prediction and truth have different shapes");
  const Pairs256 pairs = count_pairs(prediction, truth);
  std::vector<DiceCounts> counts;
  for (const Region& region : regions) {
    std::array<bool, 256> member{};
    for (const std::int64_t c : region.classes) member[static_cast<std::size_t>(c)] = true;
    DiceCounts n;
    for (std::size_t t = 0; t < kIgnore; ++t)
      for (std::size_t p = 0; p < 256; ++p) {
        const std::int64_t voxels = pairs[t * 256 + p];
        if (member[t] && member[p]) n.intersection += voxels;
        if (member[p]) n.prediction += voxels;
        if (member[t]) n.truth += voxels;
      }
    counts.push_back(n);
  }
  return counts;
}

}  // namespace seg
