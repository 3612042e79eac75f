#include "metric/components.h"

#include <numeric>

namespace seg {
namespace {

// Sets of runs that are known to be connected; the root of a set is its first run.
class RunSets {
 public:
  explicit RunSets(std::size_t runs) : parent_(runs) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  std::size_t root(std::size_t run) {
    while (parent_[run] != run) {
      parent_[run] = parent_[parent_[run]];
      run = parent_[run];
    }
    return run;
  }

  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

// Numbers in the order of first appearance, -1 for those that `of_run` does not name.
std::int32_t renumber(std::vector<std::int32_t>& of_run, std::int32_t count,
                      std::vector<std::int32_t>& number) {
  number.assign(static_cast<std::size_t>(count), -1);
  std::int32_t next = 0;
  for (std::int32_t& c : of_run) {
    std::int32_t& n = number[static_cast<std::size_t>(c)];
    if (n < 0) n = next++;
    c = n;
  }
  return next;
}

}  // namespace

Components components(const RunMask& mask) {
  // The rows before (d, h) in C order; the runs of a row itself do not touch.
  constexpr RowStep before[] = {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}};
  RunSets sets(mask.runs().size());
  for (std::int64_t d = 0; d < mask.size()[0]; ++d)
    for (std::int64_t h = 0; h < mask.size()[1]; ++h)
      for (const RowStep& step : before)
        each_overlap(mask, mask, d, h, step, 1,
                     [&](std::size_t i, std::size_t j, std::int64_t) { sets.join(i, j); });
  Components found;
  found.of_run.resize(mask.runs().size());
  for (std::size_t i = 0; i < found.of_run.size(); ++i) {
    const std::size_t root = sets.root(i);
    found.of_run[i] = root == i ? found.count++ : found.of_run[root];
  }
  return found;
}

DilatedGroups group(const RunMask& mask, int dilation) {
  DilatedGroups result{{}, dilate(mask, dilation), {}};
  result.of_dilated = components(result.dilated);
  result.groups.of_run.resize(mask.runs().size());
  each_common(mask, result.dilated, [&](std::size_t i, std::size_t j, std::int64_t) {
    result.groups.of_run[i] = result.of_dilated.of_run[j];
  });
  // Every dilated component holds voxels of the mask: the counts are the same, the order is not.
  std::vector<std::int32_t> number;
  result.groups.count = renumber(result.groups.of_run, result.of_dilated.count, number);
  for (std::int32_t& c : result.of_dilated.of_run) c = number[static_cast<std::size_t>(c)];
  return result;
}

}  // namespace seg
