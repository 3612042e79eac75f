// The kernels of contour and distance maps of each instruction set against the portable ones.
#include "contour/window_kernel.h"
#include "distance/distance_kernel.h"
#include "support/catch.h"
#include "support/faster.h"

#include <torch/types.h>

#include <cstring>

using namespace seg;

namespace {

constexpr std::int64_t side = 128;  // in the first cache: the kernels are timed, not the memory
constexpr double factor = 1.15;     // bytes at odd addresses gain less than floats

// uint8 [side, side]: boxes 16 wide, as a slice of labels.
torch::Tensor boxes() {
  torch::manual_seed(1);
  return torch::randint(0, 16, {side / 16, side / 16})
      .to(torch::kUInt8)
      .repeat_interleave(16, 0)
      .repeat_interleave(16, 1)
      .contiguous();
}

}  // namespace

// Not largest_distance and mark_near, which look labels up, and slice_three: no set is faster at
// them.
TEST_CASE("The window kernels of every instruction set are faster than the portable ones",
          "[contour][.speed]") {
  const auto& sets = all_window_kernels();
  SEG_SETS(sets);
  const Reach reach{6, 6};
  const torch::Tensor slice = boxes(), low = torch::empty_like(slice), high = low.clone(),
                      distance = torch::empty({side, side}, torch::kInt16);
  const auto* y = slice.const_data_ptr<std::uint8_t>();
  auto *lo = low.data_ptr<std::uint8_t>(), *hi = high.data_ptr<std::uint8_t>();
  auto* d = distance.data_ptr<std::int16_t>();
  constexpr std::int64_t count = side * side;
  std::vector<std::uint8_t> scratch(slice_scratch(side, side, reach, reach));

  test::check_faster("slice_extrema", sets, factor, [&](const auto& k) {
    k.slice_extrema(y, side, side, reach, reach, lo, hi, scratch.data());
  });
  test::check_faster("depth_differs", sets, factor, [&](const auto& k) {
    k.depth_differs(lo, hi, y, 64, side, side, reach, 1, 16, hi, scratch.data());
  });
  test::check_faster("start_distance", sets, factor,
                     [&](const auto& k) { k.start_distance(y, count, 1, 16, hi, d); });
  test::check_faster("depth_three", sets, factor, [&](const auto& k) {
    k.depth_three({y, y + side, y + 2 * side}, count - 2 * side, true, lo);
    k.depth_three({y, y + side, y + 2 * side}, count - 2 * side, false, hi);
  });
  test::check_faster("add_where_alike", sets, factor,
                     [&](const auto& k) { k.add_where_alike(lo, hi, count, d); });
}

TEST_CASE("The distance kernels of every instruction set are faster than the portable ones",
          "[distance][.speed]") {
  const auto& sets = all_distance_kernels();
  SEG_SETS(sets);
  const torch::Tensor labels = boxes(), rows = torch::empty({side, side}, torch::kFloat),
                      scratch = torch::empty({near_scratch(side)}, torch::kFloat);
  const auto* y = labels.const_data_ptr<std::uint8_t>();
  for (std::int64_t row = 0; row < side; ++row)
    sets[0].kernels.along_row(y + row * side, side, rows.data_ptr<float>() + row * side);
  torch::Tensor squared = torch::empty_like(rows);
  for (const bool labelled : {true, false})
    test::check_faster(labelled ? "within labels" : "to seeds", sets, factor, [&](const auto& k) {
      std::memcpy(squared.data_ptr<float>(), rows.const_data_ptr<float>(), rows.nbytes());
      for (std::int64_t line = 0; line < side; line += kBundle)
        k.near_lines(squared.data_ptr<float>() + line, labelled ? y + line : nullptr, side, side,
                     kBundle, scratch.data_ptr<float>());
    });
}
