#include "metric/components.h"

#include "support/catch.h"
#include "support/dense_masks.h"

#include <torch/utils.h>

#include <cstdlib>

using namespace seg;
using test::dense_of;
using test::runs_of;

namespace {

using Place = std::array<std::int64_t, 3>;

std::vector<Place> all_places(const torch::Tensor& mask) {
  std::vector<Place> places;
  for (std::int64_t d = 0; d < mask.size(0); ++d)
    for (std::int64_t h = 0; h < mask.size(1); ++h)
      for (std::int64_t w = 0; w < mask.size(2); ++w) places.push_back({d, h, w});
  return places;
}

// The place's value in an int32 map.
std::int32_t& at(const torch::Tensor& map, const Place& v) {
  return map.data_ptr<std::int32_t>()[(v[0] * map.size(1) + v[1]) * map.size(2) + v[2]];
}

// Floods from each voxel that has no number yet; -1 outside.
torch::Tensor plain_components(const torch::Tensor& mask, int& count) {
  const std::vector<Place> places = all_places(mask);
  torch::Tensor number = torch::full(mask.sizes(), -1, torch::kInt32);
  count = 0;
  for (const Place& start : places) {
    if (at(mask, start) == 0 || at(number, start) >= 0) continue;
    std::vector<Place> open = {start};
    at(number, start) = count;
    while (!open.empty()) {
      const Place v = open.back();
      open.pop_back();
      for (const Place& n : places) {
        const bool beside =
            std::abs(n[0] - v[0]) <= 1 && std::abs(n[1] - v[1]) <= 1 && std::abs(n[2] - v[2]) <= 1;
        if (!beside || at(mask, n) == 0 || at(number, n) >= 0) continue;
        at(number, n) = count;
        open.push_back(n);
      }
    }
    ++count;
  }
  return number;
}

// Voxels with max(Linf, ceil(L1 / 2)) <= n from the mask.
torch::Tensor plain_dilation(const torch::Tensor& mask, int n) {
  const std::vector<Place> places = all_places(mask);
  torch::Tensor dilated = torch::zeros(mask.sizes(), torch::kInt32);
  for (const Place& v : places)
    for (const Place& m : places) {
      if (at(mask, m) == 0) continue;
      std::int64_t largest = 0, sum = 0;
      for (std::size_t a = 0; a < 3; ++a) {
        largest = std::max(largest, std::abs(v[a] - m[a]));
        sum += std::abs(v[a] - m[a]);
      }
      if (largest <= n && (sum + 1) / 2 <= n) at(dilated, v) = 1;
    }
  return dilated;
}

torch::Tensor random_mask(std::int64_t seed, double share, const std::vector<std::int64_t>& size) {
  torch::manual_seed(seed);
  return (torch::rand(size) < share).to(torch::kInt32);
}

}  // namespace

TEST_CASE("components are those of a flood, numbered by their first voxels", "[metric]") {
  const double share = GENERATE(0.0, 0.04, 0.1, 0.2, 0.6, 1.0);
  const torch::Tensor mask = random_mask(7, share, {5, 6, 7});
  const RunMask runs = runs_of(mask);
  CHECK(runs.voxels() == mask.sum().item<std::int64_t>());
  int count = 0;
  const torch::Tensor plain = plain_components(mask, count);
  const Components found = components(runs);
  CHECK(found.count == count);
  CHECK(torch::equal(dense_of(runs, found.of_run), plain));
}

TEST_CASE("a corner joins components, a voxel between parts them", "[metric]") {
  torch::Tensor mask = torch::zeros({3, 3, 5}, torch::kUInt8);
  mask[0][0][0] = mask[1][1][1] = mask[2][2][0] = mask[0][0][3] = 1;
  const Components found = components(runs_of(mask));
  CHECK(found.count == 2);
  CHECK(found.of_run == std::vector<std::int32_t>{0, 1, 0, 0});
}

TEST_CASE("runs that meet late are one component", "[metric]") {
  // A comb: its teeth are joined in the last row alone.
  torch::Tensor mask = torch::zeros({1, 4, 9}, torch::kUInt8);
  mask.slice(2, 0, 9, 2).fill_(1);
  CHECK(components(runs_of(mask)).count == 5);
  mask.select(1, 3).fill_(1);
  CHECK(components(runs_of(mask)).count == 1);
}

TEST_CASE("dilation takes the voxels within n steps by faces and edges", "[metric]") {
  const int n = GENERATE(0, 1, 2, 3, 5);
  const torch::Tensor sparse = random_mask(8, 0.01, {9, 7, 8});
  CHECK(torch::equal(dense_of(dilate(runs_of(sparse), n)), plain_dilation(sparse, n)));
  torch::Tensor one = torch::zeros({9, 9, 9}, torch::kInt32);
  one[4][4][4] = 1;
  CHECK(torch::equal(dense_of(dilate(runs_of(one), n)), plain_dilation(one, n)));
  CHECK(dilate(runs_of(one * 0), n).runs().empty());
}

TEST_CASE("groups are the components of the dilated mask, cut back", "[metric]") {
  const int n = GENERATE(0, 1, 3);
  const double share = GENERATE(0.003, 0.01, 0.1);
  const torch::Tensor mask = random_mask(9, share, {10, 9, 11});
  const RunMask runs = runs_of(mask);
  const DilatedGroups found = group(runs, n);
  int count = 0;
  const torch::Tensor plain = plain_components(plain_dilation(mask, n), count);
  CHECK(found.groups.count == count);
  const torch::Tensor dilated = dense_of(found.dilated, found.of_dilated.of_run);
  // The same parts; their numbers follow the first voxel of the mask and not of the dilated one.
  CHECK(torch::equal(dilated >= 0, plain >= 0));
  for (int c = 0; c < count; ++c) {
    const torch::Tensor numbers = dilated.masked_select(plain == c);
    CHECK((numbers == numbers[0]).all().item<bool>());
    CHECK((dilated == numbers[0]).sum().item<int>() == numbers.numel());
  }
  const torch::Tensor cut = torch::where(mask != 0, dilated, torch::full_like(dilated, -1));
  CHECK(torch::equal(dense_of(runs, found.groups.of_run), cut));
  std::int32_t next = 0;
  for (const std::int32_t g : found.groups.of_run) {
    CHECK(g <= next);
    next = std::max(next, g + 1);
  }
}

TEST_CASE("gaps that a dilation joins: 2 n voxels along an axis", "[metric]") {
  for (const int n : {1, 3, 5})
    for (const int gap : {2 * n, 2 * n + 1}) {
      torch::Tensor mask = torch::zeros({1, 1, 20}, torch::kUInt8);
      mask[0][0][2] = mask[0][0][3 + gap] = 1;
      CHECK(group(runs_of(mask), n).groups.count == (gap == 2 * n ? 1 : 2));
    }
}
